import { expect, test } from '@jest/globals';
import { JsonLog } from './json-log.js';

function linesOf(write: (log: JsonLog) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(
    new JsonLog(
      'gateway',
      (line) => lines.push(line),
      () => new Date(0),
    ),
  );
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is one JSON object, whatever is in it', () => {
  const head = { at: '1970-01-01T00:00:00.000Z', level: 'info', service: 'gateway', room: 'seal' };
  expect(linesOf((log) => log.log('two\nlines "quoted"', { jobs: 3 }, 'seal'))).toEqual([
    { ...head, message: 'two\nlines "quoted"', jobs: 3 },
  ]);
});

test('an error tells its causes', () => {
  const error = new Error('no settle', { cause: new Error('no connection') });
  expect(linesOf((log) => log.error('settle failed', error, 'settle'))).toEqual([
    expect.objectContaining({
      level: 'error',
      message: 'settle failed',
      error: 'no settle, because of: no connection',
    }),
  ]);
});

test("Nest's own tale of modules and routes is left out", () => {
  expect(linesOf((log) => log.log('Mapped {/x, GET} route', 'RouterExplorer'))).toEqual([]);
});
