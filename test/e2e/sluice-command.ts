import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout; from dist/test/e2e. */
const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Where a command is called. */
export interface CommandPlace {
  /** By default the checkout. */
  cwd?: string;
  /** Besides this process's own variables. */
  env?: NodeJS.ProcessEnv;
}

/** `./sluice` over one state folder. It never builds: the tests run what was built. */
export class SluiceCommand {
  constructor(
    readonly stateDir: string,
    private readonly place: CommandPlace = {},
  ) {}

  /** Runs one verb to its end. */
  async run(...args: string[]): Promise<Ended> {
    const child = this.start(...args);
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    return { code, stdout: await stdout, stderr: await stderr };
  }

  start(...args: string[]): ChildProcess {
    const env: NodeJS.ProcessEnv = { ...process.env, SLUICE_STATE_DIR: this.stateDir, SLUICE_BUILD: 'never' };
    // Jobs of most tests leave marks outside their folders, for the tests to see.
    env['SLUICE_SANDBOX'] = 'off';
    Object.assign(env, this.place.env);
    // A server of the developer's own must not be talked to.
    delete env.SLUICE_URL;
    delete env.SLUICE_TOKEN_FILE;
    return spawn(join(root, 'sluice'), args, {
      cwd: this.place.cwd ?? root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
  }
}

/** All of a stream, as text. */
export async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  if (stream) for await (const part of stream) text += String(part);
  return text;
}
