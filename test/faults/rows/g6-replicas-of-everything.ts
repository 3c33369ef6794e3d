import { replicas } from './replicas.js';

export const g6 = replicas({ id: 'G6', count: 2, inCi: false });
