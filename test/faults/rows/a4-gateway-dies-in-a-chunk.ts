import { nothingHalfDone } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a4 = serviceFault({
  id: 'A4',
  title: 'the only gateway dies in the middle of a chunk',
  inCi: true,
  point: 'ingest.midChunk',
  service: 'gateway-1',
  nthMax: 6,
  shape: {},
  expected: nothingHalfDone,
});
