import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line that a trial's program wrote into its own folder: when it began and when it ended. */
export interface WorkLine {
  /** Folder of the worker that ran it. */
  worker: string;
  /** Public id; lines of trials with one workflow may be without. */
  workflow?: string | undefined;
  ordinal: number;
  attempt: number;
  what: 'start' | 'end';
  atMs: number;
}

/** A run of a program that the record shows: `endMs` null while it runs, or when it was stopped. */
export interface Execution {
  worker: string;
  workflow?: string | undefined;
  ordinal: number;
  attempt: number;
  startMs: number;
  endMs: number | null;
}

const fileName = 'work.ndjson';

/**
 * A template whose program writes its beginning and its end into its own folder, as only it can know them. The worker must
 * keep its folders (`--keep-folders all`).
 */
export function recordedWork(sec: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const who = '\\"workflow\\":\\"$SLUICE_WORKFLOW\\",\\"ordinal\\":$SLUICE_ORDINAL,\\"attempt\\":$SLUICE_ATTEMPT';
  const say = (what: string): string =>
    `echo "{${who},\\"what\\":\\"${what}\\",\\"atMs\\":$(date +%s%3N)}" >> ${fileName}`;
  const argv = ['sh', '-c', `${say('start')}; sleep ${sec}; ${say('end')}`];
  return { command: { argv }, resources: { cores: 1, memoryMib: 1 }, ...more };
}

/** What the programs of these workers wrote, in the order of time. */
export function workRecord(folder: string, workers: readonly string[]): WorkLine[] {
  const lines = workers.flatMap((worker) =>
    filesUnder(join(folder, worker)).flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => ({ worker, ...(JSON.parse(line) as Omit<WorkLine, 'worker'>) })),
    ),
  );
  return lines.sort((a, b) => a.atMs - b.atMs);
}

export function executionsOf(lines: readonly WorkLine[]): Execution[] {
  const ends = new Map(lines.flatMap((line) => (line.what === 'end' ? [[keyOf(line), line.atMs]] : [])));
  const starts = lines.filter(({ what }) => what === 'start');
  return starts.map(({ atMs, worker, workflow, ordinal, attempt }) => {
    const endMs = ends.get(keyOf({ worker, workflow, ordinal, attempt })) ?? null;
    return { worker, workflow, ordinal, attempt, startMs: atMs, endMs };
  });
}

/**
 * What the record itself proves wrong: I24, no attempt ran twice, whoever ran it. I25 needs the books too.
 * @returns a sentence for each fault
 */
export function executionFaults(lines: readonly WorkLine[]): string[] {
  const runs = new Map<string, Execution[]>();
  for (const run of executionsOf(lines)) {
    const attempt = `${run.workflow === undefined ? '' : `${run.workflow}:`}${run.ordinal}:${run.attempt}`;
    runs.set(attempt, [...(runs.get(attempt) ?? []), run]);
  }
  return [...runs].flatMap(([attempt, own]) =>
    own.length === 1
      ? []
      : [`I24: attempt ${attempt} ran ${own.length} times, at ${own.map((run) => run.worker).join(', ')}`],
  );
}

type RunOf = Pick<WorkLine, 'worker' | 'workflow' | 'ordinal' | 'attempt'>;

const keyOf = ({ worker, workflow = '', ordinal, attempt }: RunOf): string =>
  `${worker}/${workflow}:${ordinal}:${attempt}`;

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(fileName)).map((name) => join(folder, name));
}
