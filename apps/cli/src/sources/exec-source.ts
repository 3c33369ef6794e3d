import { basename } from 'node:path';
import { literalText } from '#contracts';
import { jobsMade, type DocumentSource } from './document-source.js';

/** One command as a workflow. */
export interface ExecWish {
  /** The program and its arguments; braces are the program's own, but for `{ordinal}` with `count`. */
  argv: readonly string[];
  name?: string;
  label?: string;
  /** So many jobs; `{ordinal}` in argv and env tells them apart, from 0. */
  count?: number;
  cores?: number;
  memoryMib?: number;
  walltimeSec?: number;
  retries?: number;
  env: Readonly<Record<string, string>>;
  /** Where the program is started; left out: in the job's own folder. */
  cwd?: string;
}

const nameCharsMax = 60;

export const execSource = (wish: ExecWish): DocumentSource => ({
  name: 'exec',
  open: async () => ({
    format: 'ndjson',
    header: execHeader(wish),
    jobs: jobsMade(wish.count ?? 1, (ordinal) => ({
      name: wish.count === undefined ? nameOf(wish) : `${nameOf(wish)}-${ordinal}`,
      label: wish.label ?? nameOf(wish),
    })),
  }),
});

export function execHeader(wish: ExecWish): object {
  const keep = wish.count === undefined ? [] : ['ordinal'];
  const { cores, memoryMib, walltimeSec, retries } = wish;
  return {
    apiVersion: 'sluice/v1',
    name: nameOf(wish),
    templates: {
      exec: {
        command: {
          argv: wish.argv.map((word) => literalText(word, keep)),
          ...(wish.cwd === undefined ? {} : { cwd: literalText(wish.cwd) }),
        },
        // Its output is what one runs a single command for; of many it would only fill the database.
        ...(wish.count === undefined ? { params: { keepOutput: true } } : {}),
        env: Object.fromEntries(Object.entries(wish.env).map(([key, value]) => [key, literalText(value, keep)])),
        resources: { ...given({ cores, memoryMib, walltimeSec }) },
        retry: { ...given({ retries }) },
      },
    },
    jobCount: wish.count ?? 1,
  };
}

/** The program's own name, without what a name may not hold. */
function nameOf({ name, argv }: ExecWish): string {
  if (name !== undefined) return name;
  const plain = basename(argv[0] ?? '').replace(/[^\p{L}\p{N}._+-]+/gu, '-');
  return [...plain].slice(0, nameCharsMax).join('') || 'exec';
}

const given = (options: Record<string, number | undefined>): Record<string, number> =>
  Object.fromEntries(Object.entries(options).filter((entry): entry is [string, number] => entry[1] !== undefined));
