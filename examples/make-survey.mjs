#!/usr/bin/env node
/**
 * Writes a workflow like a night of a sky survey, of N jobs, as streamed NDJSON on stdout.
 *
 *     node examples/make-survey.mjs 10000 > survey.ndjson && ./sluice run survey.ndjson
 *
 * Each exposure is cleaned (isr), characterized and calibrated; a warp takes the exposures of one field (about five), a
 * coadd the warps of its patch (three), detect two coadds, and merge gathers all detections.
 * Of N jobs about 30 % each are isr, characterize and calibrate, 6 % warp, 2 % coadd, 1 % detect, and one is merge.
 * --transform noop (default) measures Sluice itself; --transform command runs one `true` for each job.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { transform: { type: 'string', default: 'noop' } },
});
const size = Number(positionals[0] ?? 1000);
if (!Number.isSafeInteger(size) || size < 7 || size > 5_000_000 || !['noop', 'command'].includes(values.transform)) {
  console.error('usage: make-survey.mjs N [--transform noop|command]    N: 7 to 5,000,000 jobs');
  process.exit(2);
}

/** How many jobs of each label. All sum up to `jobs`: `isr` takes what rounding leaves, as frames that nobody uses. */
function shapeOf(jobs) {
  const share = (part) => Math.max(1, Math.floor(jobs * part));
  const [warp, coadd, detect] = [share(0.06), share(0.02), share(0.01)];
  const exposures = Math.floor((jobs - warp - coadd - detect - 1) / 3);
  const isr = jobs - 2 * exposures - warp - coadd - detect - 1;
  return { isr, exposures, warp, coadd, detect };
}

const { isr, exposures, warp, coadd, detect } = shapeOf(size);

/** Positions 0 to n-1 that fall to the part `i` of `parts`, at least one. */
function slice(n, i, parts) {
  const first = Math.min(Math.floor((i * n) / parts), n - 1);
  const end = Math.max(first + 1, Math.floor(((i + 1) * n) / parts));
  return Array.from({ length: end - first }, (_, k) => first + k);
}

function* jobs() {
  const firstCharacterize = isr;
  const firstCalibrate = firstCharacterize + exposures;
  const firstWarp = firstCalibrate + exposures;
  const firstCoadd = firstWarp + warp;
  const firstDetect = firstCoadd + coadd;
  const after = (positions) => (positions.length > 0 ? { after: positions } : {});
  const job = (label, i, parents) => ({
    name: `${label}_${i}`,
    template: label,
    ...after(parents),
    vars: { id: `${i}` },
  });
  const gathering = (label, i, { of, from, parts }) =>
    job(
      label,
      i,
      slice(of, i, parts).map((k) => from + k),
    );
  for (let i = 0; i < isr; i++) yield job('isr', i, []);
  for (let i = 0; i < exposures; i++) yield job('characterize', i, [i]);
  for (let i = 0; i < exposures; i++) yield job('calibrate', i, [firstCharacterize + i]);
  for (let i = 0; i < warp; i++) yield gathering('warp', i, { of: exposures, from: firstCalibrate, parts: warp });
  for (let i = 0; i < coadd; i++) yield gathering('coadd', i, { of: warp, from: firstWarp, parts: coadd });
  for (let i = 0; i < detect; i++) yield gathering('detect', i, { of: coadd, from: firstCoadd, parts: detect });
  yield gathering('merge', 0, { of: detect, from: firstDetect, parts: 1 });
}

const run =
  values.transform === 'noop' ? { transform: 'noop' } : { transform: 'command', command: { argv: ['true', '{id}'] } };

function header() {
  const labels = ['isr', 'characterize', 'calibrate', 'warp', 'coadd', 'detect', 'merge'];
  return {
    apiVersion: 'sluice/v1',
    name: `survey-${size}`,
    tags: { example: 'survey' },
    defaults: { ...run, resources: { memoryMib: 64 }, retry: { retries: 1 } },
    templates: Object.fromEntries(labels.map((label) => [label, {}])),
    jobCount: size,
  };
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

/** Waits when the reader is slower than we are: the whole is never in memory. */
async function write(lines) {
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
}

const linesAtOnce = 1_000;
let lines = [JSON.stringify(header())];
for (const job of jobs()) {
  lines.push(JSON.stringify(job));
  if (lines.length >= linesAtOnce) {
    await write(lines);
    lines = [];
  }
}
if (lines.length > 0) await write(lines);
