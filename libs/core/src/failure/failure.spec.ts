// Goal: failures that are alike are told apart from those that are not, and no message can hold a settle up.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { errorMessage, fingerprintOf, type Failure } from './fingerprint.js';
import { normaliseMessage, normalisedCharsMax } from './normalise-message.js';
import { tellingLine } from './telling-line.js';

const seed = 20_261_122;
const failure: Failure = {
  label: 'coadd',
  reason: 'error',
  exitCode: 1,
  signal: null,
  message: 'no such file /a/1.fits',
};

describe('normaliseMessage', () => {
  test.each([
    ['cannot open /repo/run17/000123.fits', 'cannot open <path>.fits'],
    ["GDAL error: 'raw/12.tif' is bad", "GDAL error: '<path>.tif' is bad"],
    [
      "FileNotFoundError: [Errno 2] No such file or directory: '/d/x y/a.json'",
      "FileNotFoundError: [Errno <n>] No such file or directory: '<name>'",
    ],
    ["KeyError: 'visit_99'", "KeyError: '<name>'"],
    ['killed: memory 4.0 GiB limit', 'killed: memory <n> GiB limit'],
    ['2026-11-22T10:02:13.120Z ERROR disk full', '<time> ERROR disk full'],
    ['[10:02:13,120] task 3f2504e0-4f89-41d3-9a0c-0305e82c3301 failed', '[<time>] task <id> failed'],
    ['segfault at 0x7ffe00 in block deadbeef01', 'segfault at <n> in block <n>'],
    ['isr_00123 lost 17/30 rows, -3.5e-7 left', 'isr_<n> lost <n>/<n> rows, <n> left'],
    ['Input/output error', 'Input/output error'],
    ["can't read it, isn't there", "can't read it, isn't there"],
    ['GET https://host:80/a?b=1 gave 503', 'GET <path> gave <n>'],
    ['open(path=raw/12.fits): no', 'open(path=<path>.fits): no'],
    ['the effaced facade', 'the effaced facade'],
    ['', ''],
  ])('%s', (line, normalised) => {
    expect(normaliseMessage(line)).toBe(normalised);
  });

  const line = fc.oneof(
    fc.string({ maxLength: 1_000, unit: 'binary' }),
    fc
      .array(fc.constantFrom("'", '"', '/', '.', '0', '9', 'a', 'f', 'x', ' ', '-', ':', '<', '>', 'path', 'T'), {
        maxLength: 300,
      })
      .map((parts) => parts.join('')),
  );

  test('a result is short and on one line', () => {
    fc.assert(
      fc.property(line, (text) => {
        const once = normaliseMessage(text);
        expect(once.length).toBeLessThanOrEqual(normalisedCharsMax);
        expect(once).not.toMatch(/[\r\n\t]/);
      }),
      { seed, numRuns: 3_000 },
    );
  });

  test('numbers, paths, times and ids make no difference, and words do', () => {
    const said = fc.record({
      n: fc.nat(),
      file: fc.stringMatching(/^[a-z0-9]{1,20}$/),
      id: fc.uuid(),
      at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
    });
    const lineOf = (verb: string, { n, file, id, at }: { n: number; file: string; id: string; at: Date }): string =>
      `${at.toISOString()} ${verb} /data/${file}.fits of ${id} after ${n} s`;
    fc.assert(
      fc.property(said, said, (one, other) => {
        expect(normaliseMessage(lineOf('lost', one))).toBe(normaliseMessage(lineOf('lost', other)));
        expect(normaliseMessage(lineOf('lost', one))).not.toBe(normaliseMessage(lineOf('kept', one)));
      }),
      { seed },
    );
  });
});

describe('tellingLine', () => {
  test.each([
    [
      'the last line with a word of failure',
      'reading\nERROR: bad pixel table\nsee the log for more',
      'ERROR: bad pixel table',
    ],
    [
      'not a frame of a Java trace',
      'Exception in thread "main" X: y\n\tat a.b.C(C.java:1)\n\tat a.error.D(D.java:2)',
      'Exception in thread "main" X: y',
    ],
    [
      'the last exception of a Python chain',
      'ValueError: a\n\nDuring handling of the above exception, another exception occurred:\n\nKeyError: b',
      'KeyError: b',
    ],
    ['the last line where no word tells', 'one\ntwo\n\n', 'two'],
    ['what a progress line was overwritten with', '10 %\r20 %\rno such table', 'no such table'],
    ['without colours', '\u001b[31;1mfatal: x\u001b[0m', 'fatal: x'],
  ])('is %s', (_, message, line) => {
    expect(tellingLine(message, 'error')).toBe(line);
  });

  test('is our own first line where we ended the attempt: the program only wrote what it was doing', () => {
    expect(tellingLine('sh: over its walltime of 5 s\nerror 17: progress 40 %', 'timeout')).toBe(
      'sh: over its walltime of 5 s',
    );
  });
});

describe('fingerprintOf', () => {
  test('is 16 hex digits, equal for failures that are alike', () => {
    const one = fingerprintOf(failure);
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf({ ...failure, message: 'reading\nno such file /b/22.fits\n' })).toBe(one);
  });

  test('stays the same from version to version: the database holds it', () => {
    expect(fingerprintOf(failure)).toBe('fc6e43d5cbebf491');
  });

  test.each<[string, Partial<Failure>]>([
    ['label', { label: 'warp' }],
    ['reason', { reason: 'rejected' }],
    ['exit code', { exitCode: 2 }],
    ['signal', { signal: 'SIGKILL' }],
    ['message', { message: 'no such file /a/1.json' }],
  ])('another %s is another group', (_, other) => {
    expect(fingerprintOf({ ...failure, ...other })).not.toBe(fingerprintOf(failure));
  });

  test('the hardest of 4,000 characters take no more than a few milliseconds', () => {
    const hostile = [
      "'",
      '"',
      '`',
      '/',
      'a/',
      '0',
      'f',
      '0x',
      '1.',
      '-1',
      '1-',
      '00:00:',
      '\u001b[',
      'a=',
      '<',
      ' ',
      '\n',
      "'/",
      'aaaa-',
    ];
    for (const reason of ['error', 'timeout'] as const) {
      for (const unit of hostile) {
        const message = unit.repeat(4_000).slice(0, 4_000);
        const fromMs = performance.now();
        for (let i = 0; i < 20; i += 1) fingerprintOf({ ...failure, reason, message });
        expect([unit, (performance.now() - fromMs) / 20 < 20]).toEqual([unit, true]);
      }
    }
  });

  test('any message has one', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 4_000, unit: 'binary' }), (message) => {
        expect(errorMessage({ reason: 'error', message }).length).toBeLessThanOrEqual(normalisedCharsMax);
      }),
      { seed, numRuns: 300 },
    );
  });
});
