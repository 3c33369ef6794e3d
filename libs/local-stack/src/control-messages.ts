import type { Socket } from 'node:net';
import type { StackProgress, WorkerSettings } from './stack-contract.js';

/**
 * What goes over the supervisor's control port, one JSON object a line. The first line of a holder is its token; each
 * `ask` is answered by one `done`.
 */
export type HolderSays =
  | { token: string }
  | { ask: 'keep' }
  | { ask: 'until'; workflow: string }
  | { ask: 'workers'; settings: WorkerSettings }
  | { ask: 'release' }
  | { ask: 'stop' };

export type SupervisorSays =
  | { kind: 'progress'; progress: StackProgress }
  | { kind: 'ready'; url: string }
  | { kind: 'failed'; reason: string }
  /** `stopping`: the stack goes down because of what was asked. */
  | { kind: 'done'; stopping: boolean };

/** No line of either side is longer. */
const lineCharsMax = 64 * 1024;

/** Calls `onLine` for each whole line that is JSON; anything else ends the connection. */
export function readMessages<M>(socket: Socket, onMessage: (message: M) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineCharsMax) socket.destroy();
    for (const line of lines) {
      const message = parse<M>(line);
      if (message === null) socket.destroy();
      else onMessage(message);
    }
  });
}

export function writeMessage(socket: Socket, message: HolderSays | SupervisorSays): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

function parse<M>(line: string): M | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as M) : null;
  } catch {
    return null;
  }
}
