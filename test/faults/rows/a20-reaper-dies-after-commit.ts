import { reaperFault } from './reaper-faults.js';

export const a20 = reaperFault({
  id: 'A20',
  title: 'a broker dies when it has given up a lost worker',
  point: 'reaper.afterCommit',
});
