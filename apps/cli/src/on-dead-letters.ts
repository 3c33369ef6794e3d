import type { DeadLetterCalls } from '#client';
import { connectToRead } from './connect.js';
import type { ExitCode } from './exit-code.js';
import type { Call } from './globals.js';

/** Runs calls about dead letters, and lets go of the connection. */
export async function onDeadLetters(
  call: Call,
  work: (letters: DeadLetterCalls) => Promise<ExitCode>,
): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    return await work(connection.client.deadLetters);
  } finally {
    await call.terminal.out.flush();
    await connection.release();
  }
}
