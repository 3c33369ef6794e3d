import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { makeTestFolder, type TestFolder } from './test-folder.js';

const run = promisify(execFile);

/** Squid and what it needs beyond a bare Debian. Packages that a release does not have are left out. */
const packages = [
  ...['squid', 'squid-common', 'squid-langpack', 'libecap3', 'libltdl7'],
  ...['libnetfilter-conntrack3', 'libnfnetlink0', 'libtdb1'],
];
const downloadMsMax = 120_000;
const startMsMax = 20_000;

/** An unpacked or installed Squid: `root` is what stands before `/usr`. */
export interface SquidPlace {
  root: string;
}

/**
 * Finds Squid: installed, unpacked by an earlier test, or now: Debian's packages of this machine's own mirror, unpacked
 * into a folder for temporary files. Needs no root and installs nothing.
 * @returns why there is none, if there is none
 */
export async function findSquid(): Promise<SquidPlace | string> {
  const unpacked = join(tmpdir(), `sluice-test-squid-${process.getuid?.() ?? 0}`);
  const faults: string[] = [];
  for (const root of ['', unpacked]) {
    const fault = await trySquid(root);
    if (fault === null) return { root };
    faults.push(fault);
  }
  const fault = await unpackInto(unpacked).then(
    () => trySquid(unpacked),
    (cause: unknown) => String(cause),
  );
  return fault === null ? { root: unpacked } : [...faults, fault].join('; ');
}

async function trySquid(root: string): Promise<string | null> {
  const program = join(root, '/usr/sbin/squid');
  if (!existsSync(program)) return `no ${program}`;
  return run(program, ['-v'], { env: environmentOf(root) }).then(
    () => null,
    (cause: unknown) => String(cause),
  );
}

async function unpackInto(target: string): Promise<void> {
  const folder = makeTestFolder('squid');
  const { path } = folder;
  try {
    await download(path);
    const root = join(path, 'root');
    mkdirSync(root);
    for (const deb of readdirSync(path).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(path, deb), root]);
    }
    chmodSync(root, 0o755); // its helpers run as another user
    rmSync(target, { recursive: true, force: true });
    renameSync(root, target);
  } finally {
    folder.remove();
  }
}

/** With this machine's lists of packages, else with lists of our own. */
async function download(folder: string): Promise<void> {
  const lists = join(folder, 'lists');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${folder}`, '-o', 'APT::Sandbox::User='];
  const get = async (options: string[]): Promise<void> => {
    const { stdout } = await run('apt-cache', [...options, 'pkgnames'], { maxBuffer: 64 * 1024 * 1024 });
    const known = new Set(stdout.split('\n'));
    const wanted = packages.filter((name) => known.has(name));
    await run('apt-get', [...options, 'download', '-q', ...wanted], { cwd: folder, timeout: downloadMsMax });
    if (!wanted.includes('squid')) throw new Error('the package lists know no squid');
  };
  await get([]).catch(async () => {
    await run('apt-get', [...own, 'update', '-q'], { cwd: folder, timeout: downloadMsMax });
    await get(own);
  });
}

const environmentOf = (root: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  ...(root === '' ? {} : { LD_LIBRARY_PATH: libraryFoldersOf(root).join(':') }),
});

const libraryFoldersOf = (root: string): string[] => {
  const lib = join(root, 'usr/lib');
  if (!existsSync(lib)) return [];
  return [lib, ...readdirSync(lib).map((name) => join(lib, name))];
};

/** A real Squid that asks for `ann:secret` and cuts what was idle for a second. */
export class Squid {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly place: SquidPlace,
    private readonly folder: TestFolder,
    private readonly port: number,
  ) {}

  static async start(place: SquidPlace): Promise<Squid> {
    const folder = makeTestFolder('squid-run');
    chmodSync(folder.path, 0o777); // started by root it works as another user
    const squid = new Squid(place, folder, await freePort());
    const { stdout } = await run('openssl', ['passwd', '-apr1', 'secret']);
    writeFileSync(join(folder.path, 'users'), `ann:${stdout}`, { mode: 0o644 });
    writeFileSync(join(folder.path, 'squid.conf'), squid.configuration());
    await squid.startAgain();
    return squid;
  }

  /** With credentials that are right, unless others are given. */
  address(credentials = 'ann:secret'): string {
    return `http://${credentials}@127.0.0.1:${this.port}`;
  }

  /** Lines of its access log: what it was asked for and what it answered. */
  get asked(): string[] {
    const file = join(this.folder.path, 'access.log');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** The end of its process, with all connections. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async startAgain(): Promise<void> {
    const { root } = this.place;
    const args = ['-N', '-f', join(this.folder.path, 'squid.conf')];
    this.child = spawn(join(root, '/usr/sbin/squid'), args, { env: environmentOf(root), stdio: 'ignore' });
    for (const endMs = performance.now() + startMsMax; !(await answers(this.port)); await sleep(50)) {
      if (performance.now() > endMs || this.child.exitCode !== null)
        throw new Error(`squid did not start: ${this.log}`);
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    this.folder.remove();
  }

  private get log(): string {
    const file = join(this.folder.path, 'cache.log');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : 'it wrote no log';
  }

  private configuration(): string {
    const { root } = this.place;
    const { path } = this.folder;
    const lines = [
      `http_port 127.0.0.1:${this.port}`,
      `auth_param basic program ${root}/usr/lib/squid/basic_ncsa_auth ${path}/users`,
      'acl known proxy_auth REQUIRED',
      'http_access allow known',
      'http_access deny all',
      'cache deny all',
      'client_idle_pconn_timeout 1 second',
      'server_idle_pconn_timeout 1 second',
      `access_log stdio:${path}/access.log`,
      `cache_log ${path}/cache.log`,
      `coredump_dir ${path}`,
      `mime_table ${root}/usr/share/squid/mime.conf`,
      `icon_directory ${root}/usr/share/squid/icons`,
      `error_directory ${root}/usr/share/squid-langpack/en`,
      `unlinkd_program ${root}/usr/lib/squid/unlinkd`,
      'pid_filename none',
      'shutdown_lifetime 0 seconds',
      'visible_hostname trial',
      'pinger_enable off',
      'max_filedescriptors 1024',
    ];
    return `${lines.join('\n')}\n`;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
