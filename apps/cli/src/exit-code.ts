import type { ProblemError } from '#client';
import type { WorkflowState } from '#contracts';
import { refusalLines } from './render/refusal.js';

/** What the process ends with: see docs/cli.md. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  cancelled: 3,
  notFound: 4,
  noServer: 5,
  timedOut: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end of a verb that is no outcome of a workflow. Lines are for the person in front, without `sluice:`. */
export class CliFault extends Error {
  constructor(
    readonly exitCode: ExitCode,
    readonly lines: readonly string[],
    options: { cause?: unknown } = {},
  ) {
    super(lines[0], options);
    this.name = 'CliFault';
  }
}

/** `run`, `watch` and `wait` end with what their workflow came to. */
export function exitCodeOf(state: WorkflowState): ExitCode {
  if (state === 'done') return exitCodes.ok;
  return state === 'cancelled' ? exitCodes.cancelled : exitCodes.failed;
}

/** The fault that a thrown error is for the user, or null when it is a bug of ours. */
export function faultOf(error: unknown): CliFault | null {
  if (error instanceof CliFault) return error;
  // Told by their names: the client is loaded only by the verbs that need it.
  if (isNamed(error, 'ServerUnreachable')) {
    const remedy = 'is it up? `sluice up` starts one on this machine; --url names another';
    return new CliFault(exitCodes.noServer, [error.message, remedy], { cause: error });
  }
  if (!isProblem(error)) return null;
  return new CliFault(problemExit(error), problemLines(error), { cause: error });
}

const isNamed = (error: unknown, name: string): error is Error => error instanceof Error && error.name === name;
const isProblem = (error: unknown): error is ProblemError => isNamed(error, 'ProblemError');

function problemExit(error: ProblemError): ExitCode {
  if ([401, 403, 404, 410].includes(error.status)) return exitCodes.notFound;
  return error.status >= 500 || error.status === 429 ? exitCodes.noServer : exitCodes.usage;
}

const problemLines = (error: ProblemError): string[] =>
  error.code === 'document/refused'
    ? documentLines(error)
    : [
        error.detail,
        ...error.errors.map(({ message }) => `  ${message}`),
        ...(error.remedy === '' ? [] : [error.remedy]),
      ];

/** In the words of what is found before anything is sent: only the server knows what a space asks for. */
const documentLines = ({ errors, counts }: ProblemError): string[] =>
  refusalLines('the document as it was sent', {
    errors: errors.map(({ pointer, remedy = '', ...error }) => ({ ...error, where: pointer, remedy })),
    counts,
  });
