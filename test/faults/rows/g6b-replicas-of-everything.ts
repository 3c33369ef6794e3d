import { replicas } from './replicas.js';

export const g6b = replicas({ id: 'G6b', count: 5, inCi: false });
