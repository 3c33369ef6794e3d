import type { SluiceClient } from '#client';
import { connectToRead } from './connect.js';
import { exitCodes, type ExitCode } from './exit-code.js';
import type { Call } from './globals.js';

/** Runs one call about sites or workers, and lets go of the connection. */
export async function onSites(call: Call, work: (sites: SluiceClient['sites']) => Promise<void>): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await work(connection.client.sites);
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
