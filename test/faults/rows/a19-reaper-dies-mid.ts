import { reaperFault } from './reaper-faults.js';

export const a19 = reaperFault({
  id: 'A19',
  title: 'a broker dies between finding a worker lost and giving up its jobs',
  point: 'reaper.mid',
});
