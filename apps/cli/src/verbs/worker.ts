import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { remoteServer } from '../connect.js';
import { CliFault, exitCodes } from '../exit-code.js';
import type { Call } from '../globals.js';

/** The worker's own program; from dist/apps/cli/src/verbs. */
const program = fileURLToPath(new URL('../../../worker/src/main.js', import.meta.url));

/** Runs one worker in the foreground for the server that the options name, else for this machine's stack. */
export async function worker(call: Call, args: readonly string[]): Promise<number> {
  const askedForHelp = args.includes('--help') || args.includes('-h');
  const server = askedForHelp ? {} : await serverVariables(call);
  const child = spawn(process.execPath, [program, ...(askedForHelp ? ['--help'] : args)], {
    stdio: 'inherit',
    env: { ...process.env, ...server },
  });
  // Ctrl-C reaches the worker too, from the terminal; it drains, and we end when it has.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const stay = (): void => undefined;
  process.on('SIGTERM', pass).on('SIGHUP', pass).on('SIGINT', stay);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? exitCodes.interrupted : 1)));
    });
  } finally {
    process.off('SIGTERM', pass).off('SIGHUP', pass).off('SIGINT', stay);
  }
}

async function serverVariables(call: Call): Promise<NodeJS.ProcessEnv> {
  const { url, tokenFile } = await serverOf(call);
  const { proxy } = call.globals;
  return {
    SLUICE_URL: url,
    ...(tokenFile ? { SLUICE_TOKEN_FILE: tokenFile } : {}),
    ...(proxy === undefined ? {} : { SLUICE_PROXY: proxy }),
  };
}

async function serverOf({ globals }: Call): Promise<{ url: string; tokenFile: string | null }> {
  const remote = remoteServer(globals);
  if (remote) return remote;
  const { readStack, stateDirOf } = await import('#local-stack');
  const record = readStack(stateDirOf(globals.stateDir));
  if (record === null || !record.ready) {
    throw new CliFault(exitCodes.noServer, [
      'no stack is up here',
      '`sluice up` starts one; --url names another server',
    ]);
  }
  return record;
}
