import { expect, test } from '@jest/globals';
import type { Counts, ErrorGroup, TaskView, WorkflowView } from '#contracts';
import { ansiPaint, plainPaint } from './paint.js';
import { widthOf } from './printable.js';
import { ProgressPace, progressLine } from './progress-line.js';
import { errorLines } from './error-table.js';
import { reportLines } from './report.js';
import { workflowScreen } from './workflow-screen.js';

const submittedAt = '2026-11-22T12:00:00.000Z';
const nowMs = Date.parse('2026-11-22T12:00:21Z');

function task(label: string, part: Partial<Counts>): TaskView {
  const parts = { waiting: 0, ready: 0, leased: 0, finished: 0, failed: 0, ...part };
  const total = parts.waiting + parts.ready + parts.leased + parts.finished + parts.failed;
  return {
    label,
    state: 'running',
    counts: { total, ...parts },
    failedBy: parts.failed > 0 ? { error: parts.failed } : {},
  };
}

function view(tasks: TaskView[], more: Partial<WorkflowView> = {}): WorkflowView {
  const sum = (key: keyof Counts): number => tasks.reduce((n, { counts }) => n + counts[key], 0);
  const keys = ['total', 'waiting', 'ready', 'leased', 'finished', 'failed'] as const;
  const counts = Object.fromEntries(keys.map((key) => [key, sum(key)])) as Counts;
  return {
    workflow: {
      id: 'w-7f3aabcdef',
      name: 'rubin-demo',
      state: 'running',
      counts,
      failedBy: counts.failed > 0 ? { error: counts.failed } : {},
      submittedAt,
      endedAt: null,
      runNo: 1,
      space: 'demo',
      owner: 'me',
      cancelRequested: false,
      pausedAt: null,
    },
    tasks,
    rate: 412,
    etaSec: 14,
    gaps: [],
    ...more,
  };
}

const survey = view([
  task('isr', { finished: 3_000 }),
  task('characterize', { finished: 2_214, leased: 64, ready: 722 }),
  task('calibrate', { finished: 1_377, leased: 60, ready: 777, waiting: 786 }),
  task('warp', { waiting: 600 }),
  task('coadd', { waiting: 200 }),
]);

const draw = (shown: WorkflowView, size = { columns: 80, rows: 24 }): string[] =>
  workflowScreen(shown, { nowMs, size, paint: plainPaint, hint: 'Ctrl-C detaches' });

test('the screen of a survey', () => {
  expect(draw(survey)).toEqual([
    'w-7f3aabcdef rubin-demo                             RUNNING  00:00:21  left 14 s',
    'label        total   fin failed run ready  wait 0%      50%     100%',
    'isr          3 000 3 000      0   0     0     0 ####################',
    'characterize 3 000 2 214      0  64   722     0 ##############r.....',
    'calibrate    3 000 1 377      0  60   777   786 #########r.....',
    'warp           600     0      0   0     0   600',
    'coadd          200     0      0   0     0   200',
    'ALL          9 800 6 591      0 124 1 499 1 586 412 jobs/s',
    'Ctrl-C detaches',
  ]);
});

const hostile = 'a\u001b[2Jb\nc\u202ed'.repeat(30);

function crowd(labels: number, name: (i: number) => string): WorkflowView {
  const tasks = Array.from({ length: labels }, (_, i) =>
    task(name(i), { finished: 700 + i, leased: i % 3, ready: 5, failed: i % 2, waiting: 90 }),
  );
  const gaps = tasks.slice(0, 5).map(({ label }) => ({ label, jobs: 5, gap: `no worker offers 'big' ${hostile}` }));
  const shown = view(tasks, { gaps });
  return {
    ...shown,
    workflow: { ...shown.workflow, name: hostile, failedBy: { error: 400_000, lost: 20, timeout: 3 } },
  };
}

test.each([1, 7, 15, 16, 200, 5_000])(
  '%i labels stay within 24 lines of 80 columns, and the rows sum to ALL',
  (labels) => {
    for (const name of [
      (i: number) => `label${i}`,
      (i: number) => `${hostile}${i}`,
      (i: number) => `検出${'測光'.repeat(i % 40)}`,
    ]) {
      const shown = crowd(labels, name);
      const lines = draw(shown);
      expect(lines.length).toBeLessThanOrEqual(24);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
      for (const line of lines) expect(line).not.toMatch(/\p{Cc}|\u202e/u);
      const folded = labels > 15 ? 1 : 0;
      expect(lines.filter((line) => /\.\.\. and \d+ more +\d/.test(line)).length).toBe(folded);
    }
  },
);

test('the row of the folded labels holds their sum, so the column sums to ALL', () => {
  const lines = draw(view(Array.from({ length: 40 }, (_, i) => task(`l${i}`, { waiting: 10 }))));
  const totals = lines.flatMap((line) => / (\d[\d ]*?) +0 +0 +0 +0 +\d+/.exec(line)?.[1] ?? []).map(Number);
  expect(totals.length).toBe(16);
  expect(totals.slice(0, -1).reduce((a, b) => a + b, 0)).toBe(totals.at(-1));
  expect(totals.at(-1)).toBe(400);
});

test('labels where something happens are shown before those that wait or are done', () => {
  const tasks = Array.from({ length: 40 }, (_, i) =>
    task(`l${i}`, i === 37 ? { leased: 1, waiting: 9 } : { finished: 10 }),
  );
  expect(draw(view(tasks)).some((line) => line.startsWith('l37'))).toBe(true);
});

test('a small terminal gets fewer and narrower lines', () => {
  const lines = draw(
    crowd(200, (i) => `label${i}`),
    { columns: 72, rows: 14 },
  );
  expect(lines.length).toBeLessThan(14);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(72);
});

test('colour changes nothing but colour', () => {
  const shown = crowd(20, (i) => `label${i}`);
  const screen = { nowMs, size: { columns: 80, rows: 24 }, hint: 'hint' };
  const coloured = workflowScreen(shown, { ...screen, paint: ansiPaint });
  expect(coloured.join('\n')).toContain('\x1b[31m');
  // eslint would take the escape for a mistake in a literal
  const bare = coloured.map((line) => line.replace(new RegExp('\x1b\\[\\d+m', 'g'), '').trimEnd());
  expect(bare).toEqual(workflowScreen(shown, { ...screen, paint: plainPaint }).map((line) => line.trimEnd()));
});

test('a plain line holds the same counts', () => {
  expect(progressLine(survey, nowMs)).toBe(
    '00:00:21 running 67 % of 9 800: fin 6 591, failed 0, run 124, ready 1 499, wait 1 586  412 jobs/s  left 14 s',
  );
});

test('a log gets a line at 10 % more or every 5 s, and none while nothing changes', () => {
  const pace = new ProgressPace();
  const at = (finished: number): WorkflowView => view([task('a', { finished, ready: 100 - finished })]);
  expect(pace.isDue(at(0), 0)).toBe(true);
  expect(pace.isDue(at(5), 1_000)).toBe(false);
  expect(pace.isDue(at(10), 1_100)).toBe(true);
  expect(pace.isDue(at(11), 6_000)).toBe(false);
  expect(pace.isDue(at(11), 6_200)).toBe(true);
  expect(pace.isDue(at(11), 30_000)).toBe(false);
  expect(pace.isDue(at(11), 66_300)).toBe(true);
});

const group: ErrorGroup = {
  name: 'e1',
  fingerprint: '00112233445566aa',
  jobs: 1,
  label: 'merge',
  reason: 'error',
  exitCode: 3,
  signal: null,
  sites: [{ site: 's', jobs: 1 }],
  message: 'no such \x1b[31mfile',
  sample: { ordinal: 7, name: 'merge_1', message: 'no such file' },
  firstAt: '2026-11-22T12:00:02Z',
  lastAt: '2026-11-22T12:00:02Z',
};
const sums = { groupsTotal: 1, groupedJobs: 1, pruned: 2, cancelled: 0 };

test('the report names failures in groups, what was pruned, and where to look', () => {
  const shown = view([task('detect', { finished: 6 }), task('merge', { failed: 3 })]);
  const ended: WorkflowView = {
    ...shown,
    workflow: {
      ...shown.workflow,
      state: 'partial',
      endedAt: '2026-11-22T12:00:02Z',
      failedBy: { error: 1, parent_failed: 2 },
    },
  };
  const errors = { groups: [group], ...sums };
  const lines = reportLines(ended, { errors, waits: null, nowMs, paint: plainPaint });
  expect(lines.slice(0, 2)).toEqual(['w-7f3aabcdef  rubin-demo  PARTIAL', '6 of 9 jobs finished in 2.0 s, 3.5 jobs/s']);
  expect(lines.slice(-4)).toEqual([
    'group  count  label  reason  exit  site  message',
    'e1         1  merge  error      3  s 1   no such  [31mfile',
    '1 job failed; 2 pruned by these',
    'look at one: sluice logs w-7f3aabcdef 7',
  ]);
});

test('error groups take at most 80 columns, and what is not shown is counted', () => {
  const many = Array.from({ length: 30 }, (_, at) => ({
    ...group,
    name: `e${at + 1}`,
    jobs: 123_456,
    label: 'l'.repeat(100),
    signal: 'SIGKILL',
    sites: ['a', 'b', 'c'].map((site) => ({ site: site.repeat(99), jobs: 41_152 })),
    message: 'm'.repeat(200),
  }));
  const lines = errorLines({ groups: many, groupsTotal: 40, groupedJobs: 4_000_000, pruned: 0, cancelled: 3 }, 18);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines).toHaveLength(21);
  expect(lines.slice(-2)).toEqual(['... and 22 groups more, 1 777 792 jobs', '4 000 000 jobs failed; 3 cancelled']);
});

test('a workflow that is being cancelled has no time left to tell', () => {
  const cancelling = { ...survey, workflow: { ...survey.workflow, cancelRequested: true } };
  expect(draw(survey)[0]).toContain('left 14 s');
  expect(draw(cancelling)[0]).not.toContain('left');
  expect(progressLine(cancelling, nowMs)).not.toContain('left');
});
