import { expect, test } from '@jest/globals';
import { surveyDocument } from '../document-survey.js';
import { demoSource } from '../sources/demo-source.js';
import { execSource } from '../sources/exec-source.js';
import { planLines } from './plan.js';

const elsewhere = { kind: 'elsewhere', url: 'http://127.0.0.1:7070' } as const;

test('a survey counts what a submission would send', async () => {
  const survey = await surveyDocument(demoSource({ jobs: 10_000, seconds: 0 }));
  expect(survey).toMatchObject({ name: 'rubin-demo', jobs: 10_000, edges: 10_499 });
  expect(survey.labels.map(({ label, jobs, runs }) => [label, jobs, runs]).slice(2, 4)).toEqual([
    ['calibrate', 3_000, 'noop'],
    ['warp', 600, 'noop'],
  ]);
  const one = await surveyDocument(execSource({ argv: ['echo', '{x}'], env: {}, name: 'n' }));
  expect(one).toEqual({
    name: 'n',
    jobs: 1,
    edges: 0,
    labels: [{ label: 'n', template: 'exec', runs: 'echo {{x}}', jobs: 1 }],
  });
});

test('however many labels and however long their names, a plan fits 24 lines of 80 columns and sums up', () => {
  const labels = Array.from({ length: 100 }, (_, at) => ({
    ...{ label: `label-${at}-${'x'.repeat(90)}`, template: 't'.repeat(99), jobs: 10 },
    runs: 'python3 '.repeat(50),
  }));
  const parts = (['postgres', 'nats', 'services', 'workers'] as const).map((part) => ({
    part,
    detail: 'd'.repeat(200),
  }));
  const lines = planLines({
    document: { name: 'n'.repeat(300), jobs: 1_000, edges: 5, labels },
    server: {
      ...{ kind: 'here', stateDir: '/s'.repeat(100), url: null, parts },
      folders: ['/a', '/b'].map((path) => ({ path: path.repeat(100), writable: true })),
    },
  });
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.find((line) => line.startsWith('... and 89 more'))).toMatch(/ 890$/);
});

test('what a document says cannot steer the terminal', () => {
  const labels = [{ label: 'a\u001b[2Jb', template: 't', runs: 'x\ny', jobs: 1 }];
  const text = planLines({ document: { name: 'n\u001b', jobs: 1, edges: 0, labels }, server: elsewhere }).join('|');
  expect(text).not.toMatch(/[\u001b\n]/);
  expect(text).toContain('to the server at http://127.0.0.1:7070');
});
