import type { SluiceClient } from '#client';
import { connectToRead } from './connect.js';
import { exitCodes, type ExitCode } from './exit-code.js';
import type { Call } from './globals.js';

/** Runs one call about shares, and lets go of the connection. */
export async function onShares(call: Call, work: (client: SluiceClient) => Promise<void>): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await work(connection.client);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
