/**
 * What the escape set is tried against: secrets, a neighbour and servers outside, and programs that are run by the
 * command transform with a sandbox and without.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { makeTestFolder, type TestFolder } from '#test-kit';
import { noIsolation, runTransform, type Isolation, type Starter, type Trial, type TrialRun } from '#transform-sdk';
import { transforms } from '#transforms';

const command = transforms.find((transform) => transform.name === 'command');
const answered = 'answered by a server outside';

export class EscapeRig {
  /** A word that no program in a sandbox may ever come to know. */
  readonly secret = `secret-${Math.trunc(performance.now() * 1e6).toString(36)}`;
  private readonly folder: TestFolder = makeTestFolder('escape');
  private readonly servers: Server[] = [];
  private neighbours: ChildProcess[] = [];

  private constructor(private readonly bwrap: Starter) {}

  static async start(bwrap: Starter): Promise<EscapeRig> {
    const rig = new EscapeRig(bwrap);
    mkdirSync(rig.workDir);
    mkdirSync(join(rig.workDir, 'attempts'));
    writeFileSync(rig.tokenFile, rig.secret, { mode: 0o600 });
    return rig;
  }

  get bwrapPath(): string {
    return 'path' in this.bwrap ? this.bwrap.path : '';
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  get tokenFile(): string {
    return this.path('token');
  }

  get workDir(): string {
    return this.path('work');
  }

  /** A file outside with the secret in it. */
  secretFile(name: string): string {
    writeFileSync(this.path(name), this.secret);
    return this.path(name);
  }

  get sandboxed(): Isolation {
    return {
      ...noIsolation,
      ...{ sandbox: 'required', bwrap: this.bwrap, hidden: [this.workDir, this.tokenFile] },
      binds: [{ path: process.execPath, writable: false }],
    };
  }

  /** Runs a program; its attempt's folder is in the worker's, and is removed with the rig. */
  async run(trial: TrialRun, isolation: Isolation): Promise<Trial & { stdout: string }> {
    const seen = await runTransform(command, { folder: join(this.workDir, 'attempts'), isolation, ...trial });
    const stdout = join(seen.workFolder ?? '', 'stdout');
    return { ...seen, stdout: existsSync(stdout) ? readFileSync(stdout, 'utf8') : '' };
  }

  /** Another program of the worker's user, with the secret in its environment. */
  async neighbour(): Promise<number> {
    const child = spawn('sleep', ['300'], { stdio: 'ignore', env: { ...process.env, CANARY: this.secret } });
    await once(child, 'spawn');
    this.neighbours.push(child);
    return child.pid ?? 0;
  }

  /** A server outside; whoever gets through to it is answered. @returns where it listens */
  async server(place: { host: string } | { path: string }): Promise<number> {
    const server = createServer((socket) => socket.on('error', () => undefined).end(answered));
    this.servers.push(server);
    server.listen('host' in place ? { host: place.host, port: 0 } : place);
    await once(server, 'listening');
    return 'host' in place ? (server.address() as AddressInfo).port : 0;
  }

  /** A line that connects with Node and ends well when it was answered. `place`: options of net.connect() as JSON. */
  connecting(place: object): string {
    const program = `require('node:net').connect(${JSON.stringify(place)}).on('error', () => process.exit(1)).on('data', () => process.exit(0))`;
    return `${process.execPath} -e "${program.replaceAll('"', '\\"').replaceAll('\\\\"', '\\"')}"`;
  }

  async stop(): Promise<void> {
    for (const child of this.neighbours) child.kill('SIGKILL');
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
    this.folder.remove();
  }
}

/** Numbers of processes whose command line holds a text. */
export function processesSaying(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLineOf(pid).includes(text));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** An address of this machine that others reach it by; null: it has none. */
export function ownAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? null;
}

/** Whether a packet to the world outside would be sent at all. */
export const hasDefaultRoute = (): boolean => /^\S+\t00000000\t/m.test(readFileSync('/proc/net/route', 'utf8'));
