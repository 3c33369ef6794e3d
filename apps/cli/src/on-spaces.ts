import type { SpaceCalls } from '#client';
import { connectToRead } from './connect.js';
import { exitCodes, type ExitCode } from './exit-code.js';
import type { Call } from './globals.js';

/** Runs what concerns spaces against the server. */
export async function onSpaces(call: Call, work: (spaces: SpaceCalls) => Promise<void>): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await work(connection.client.spaces);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
