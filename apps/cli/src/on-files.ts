import type { FileCalls } from '#client';
import { connect, readingStack } from './connect.js';
import { exitCodes, type ExitCode } from './exit-code.js';
import type { Call } from './globals.js';

/** Runs `work` with the files of the server that the options name. */
export async function onFiles(call: Call, work: (files: FileCalls) => Promise<void>): Promise<ExitCode> {
  const connection = await connect(call, readingStack);
  try {
    await work(connection.client.files);
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}
