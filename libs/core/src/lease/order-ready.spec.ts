import { expect, test } from '@jest/globals';
import { orderReady } from './order-ready.js';

test('rows go by priority, then by age of their workflow however long its number is, else as they came', () => {
  const rows = [
    { id: 'late', priority: 500, workflowNo: '10' },
    { id: 'early', priority: 500, workflowNo: '9' },
    { id: 'low', priority: 1, workflowNo: '1' },
    { id: 'early too', priority: 500, workflowNo: '9' },
    { id: 'high', priority: 501, workflowNo: '9007199254740993' },
  ];
  expect(orderReady(rows).map((row) => row.id)).toEqual(['high', 'early', 'early too', 'late', 'low']);
});
