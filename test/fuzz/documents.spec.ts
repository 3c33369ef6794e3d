/**
 * Goal: whatever bytes come as a document, the reader takes what they say and nothing else, or says what is wrong and where.
 * The same documents in CI each time; FUZZ_SEC tries new ones for as long as it says; FUZZ_SEED repeats one.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Random } from '#test-kit';
import { mutateBytes } from './mutate-bytes.js';
import { disturb, rawMark, wrongs } from './mutate-value.js';
import { randomDocument } from './random-document.js';
import { readingFaults, refusalFaults, verdictOf } from './verdict.js';
import { packed, written, type Form } from './written.js';

const given = process.env['FUZZ_SEED'] === undefined ? null : Number(process.env['FUZZ_SEED']);
const forSec = process.env['FUZZ_SEC'] === undefined ? null : Number(process.env['FUZZ_SEC']);
const firstSeed = given ?? (forSec === null ? 1_000_000 : Date.now() % 2 ** 31);
const casesInCi = 1_000;
/** Longest that any of these small documents may take, on a busy machine. */
const documentMsMax = 5_000;
const jestMs = (forSec ?? 0) * 1_000 + 240_000;
const forms: readonly Form[] = ['json', 'yaml', 'ndjson'];
const jsonForms: readonly Form[] = ['json', 'ndjson'];

const stray: unknown[] = [];
const onStray = (reason: unknown): void => void stray.push(reason);
beforeAll(() => void process.on('unhandledRejection', onStray));
afterAll(() => {
  process.off('unhandledRejection', onStray);
  expect(stray).toEqual([]);
});

/** Tries seed after seed. A fault tells the seed that repeats it. */
async function each(part: number, tryOne: (random: Random) => Promise<string[]>): Promise<void> {
  const endMs = forSec === null ? Infinity : performance.now() + (forSec * 1_000) / 3;
  const cases = given !== null ? 1 : forSec === null ? casesInCi : Infinity;
  for (let i = 0; i < cases && performance.now() < endMs; i++) {
    const beganMs = performance.now();
    const seed = firstSeed + i;
    const faults = await tryOne(new Random(seed * 4 + part)).catch((fault: unknown) => [
      `threw ${String((fault as Error).stack)}`,
    ]);
    const tookMs = performance.now() - beganMs;
    if (tookMs > documentMsMax) faults.push(`it took ${Math.round(tookMs)} ms`);
    if (faults.length > 0) throw new Error(`repeat it with FUZZ_SEED=${seed}\n${faults.slice(0, 5).join('\n')}`);
  }
}

test(
  `a good document is taken as it is written, in every form (seed ${firstSeed})`,
  async () => {
    await each(0, async (random) => {
      const bytes = packed(written(randomDocument(random), random.pick(forms), random), random);
      const verdict = await verdictOf(bytes, random.pick([7, 100, 4_096]));
      if (verdict.refusal !== null)
        return [`refused: ${JSON.stringify(verdict.refusal)}`, bytes.toString().slice(0, 2_000)];
      return readingFaults(bytes, verdict);
    });
  },
  jestMs,
);

test(
  `a document with one known wrong is refused for it (seed ${firstSeed})`,
  async () => {
    await each(1, async (random) => {
      const [document, wrong] = [randomDocument(random), random.pick(wrongs)];
      wrong.do(document, random);
      const bytes = written(document, random.pick(wrong.raw === undefined ? forms : jsonForms), random);
      const raw = Buffer.from(bytes.toString().replace(rawMark, () => wrong.raw ?? rawMark));
      const verdict = await verdictOf(packed(raw, random));
      if (verdict.refusal === null) return [`${wrong.name}: it was taken`];
      const isTold = (verdict.refusal.counts[wrong.refusedAs] ?? 0) > 0;
      return [
        ...refusalFaults(verdict.refusal),
        ...(isTold ? [] : [`${wrong.name}: ${JSON.stringify(verdict.refusal)}`]),
      ];
    });
  },
  jestMs,
);

test(
  `a document disturbed at random is refused with reasons, or taken as it reads (seed ${firstSeed})`,
  async () => {
    let taken = 0;
    let refused = 0;
    await each(2, async (random) => {
      const document = randomDocument(random);
      if (random.once(2)) disturb(document, random);
      let bytes = written(document, random.pick(forms), random);
      for (let times = random.below(4); times > 0; times--) bytes = mutateBytes(bytes, random);
      bytes = packed(bytes, random);
      const verdict = await verdictOf(bytes);
      if (verdict.refusal !== null) refused += 1;
      else taken += 1;
      return verdict.refusal === null ? readingFaults(bytes, verdict) : refusalFaults(verdict.refusal);
    });
    if (given === null) expect(Math.min(taken, refused)).toBeGreaterThan((taken + refused) / 10);
  },
  jestMs,
);
