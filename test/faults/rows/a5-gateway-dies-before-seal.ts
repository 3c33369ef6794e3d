import { nothingHalfDone } from '../expectations.js';
import { serviceFault } from './service-faults.js';

export const a5 = serviceFault({
  id: 'A5',
  title: 'the only gateway dies when a seal was asked for',
  point: 'ingest.beforeSeal',
  service: 'gateway-1',
  shape: {},
  expected: nothingHalfDone,
});
