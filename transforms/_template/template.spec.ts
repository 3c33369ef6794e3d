import { expect, test } from '@jest/globals';
import { runTransform } from '#transform-sdk';
import { Template } from './template.js';

test('it greets whom it is told to, by the name of its job', async () => {
  const trial = await runTransform(Template, { params: { whom: 'sky' }, job: { name: 'visit-42' } });
  expect(trial).toMatchObject({ outcome: 'finished', outputs: { greeting: 'hello sky, says visit-42' } });
});

test('params of the wrong type are refused before it runs', async () => {
  const trial = await runTransform(Template, { params: { whom: 42 } });
  expect(trial).toMatchObject({ outcome: 'failed', reason: 'rejected' });
});
