import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand, type CommandResult } from './run-command.js';

export interface DebianProgramOptions {
  /** The package, and the program's path in it. */
  program: { debianPackage: string; path: string };
  /** Names of Debian's releases, in the order in which they are tried. */
  suites: readonly string[];
  /** Where to put the binary. */
  target: string;
  /** A folder of our own for apt's lists and the package; removed in the end. */
  scratch: string;
  /** apt's folder of sources. */
  aptDir?: string;
  signal?: AbortSignal;
}

/** A package source that this machine is set up to use. */
interface DebianSource {
  uri: string;
  signedBy: string;
}

const updateMsMax = 120_000;

/**
 * Takes a program out of a Debian package, of this machine's release or another: no root, nothing installed, this
 * machine's own mirror, and signatures checked by the keys that it trusts for that mirror already.
 * @returns null when the binary is at `target`, else why not.
 */
export async function unpackDebianProgram(options: DebianProgramOptions): Promise<string | null> {
  const source = debianSource(options.aptDir ?? '/etc/apt');
  if (source === null) return 'no Debian package source is configured here';
  mkdirSync(options.scratch, { recursive: true, mode: 0o755 });
  try {
    const refusals: string[] = [];
    for (const suite of options.suites) {
      const refusal = await unpackFromSuite(suite, source, options);
      if (refusal === null) return null;
      refusals.push(`${suite}: ${refusal}`);
    }
    return refusals.join(', ');
  } finally {
    rmSync(options.scratch, { recursive: true, force: true });
  }
}

async function unpackFromSuite(
  suite: string,
  source: DebianSource,
  options: DebianProgramOptions,
): Promise<string | null> {
  const { debianPackage, path } = options.program;
  const room = join(options.scratch, suite);
  const apt = aptConfiguration(room, suite, source);
  const run = (file: string, args: readonly string[]): Promise<CommandResult> =>
    runCommand(file, args, {
      timeoutMs: updateMsMax,
      cwd: room,
      env: { ...process.env, APT_CONFIG: apt, LC_ALL: 'C' },
      signal: options.signal,
    });
  const steps: [file: string, args: () => string[]][] = [
    ['apt-get', () => ['update', '-q', '-o', 'APT::Update::Error-Mode=any']],
    ['apt-get', () => ['download', '-q', debianPackage]],
    ['dpkg-deb', () => ['-x', debIn(room), join(room, 'unpacked')]],
  ];
  for (const [file, args] of steps) {
    const done = await run(file, args());
    if (done.code !== 0) return lastLine(done.stderr) || `${file} did not end in time`;
  }
  copyFileSync(join(room, 'unpacked', path), options.target);
  chmodSync(options.target, 0o755);
  return null;
}

/** apt with lists, cache and sources of its own. `status` stays the system's; sandboxing needs root, so it is off. */
function aptConfiguration(room: string, suite: string, source: DebianSource): string {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'etc'])
    mkdirSync(join(room, folder), { recursive: true });
  const list = join(room, 'etc', 'sources.list');
  writeFileSync(list, `deb [signed-by=${source.signedBy}] ${source.uri} ${suite} main\n`);
  const values = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': room,
    'Dir::State::lists': join(room, 'lists'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(room, 'cache'),
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '1',
  };
  const file = join(room, 'etc', 'apt.conf');
  writeFileSync(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  );
  return file;
}

function debIn(room: string): string {
  return readdirSync(room).find((name) => name.endsWith('.deb')) ?? 'no.deb';
}

/** The first Debian archive among this machine's sources, in the new format (.sources) or the old (.list). */
export function debianSource(aptDir: string): DebianSource | null {
  const parts = join(aptDir, 'sources.list.d');
  const files = [
    join(aptDir, 'sources.list'),
    ...(existsSync(parts)
      ? readdirSync(parts)
          .sort()
          .map((name) => join(parts, name))
      : []),
  ];
  const sources = files
    .filter((file) => existsSync(file))
    .flatMap((file) =>
      file.endsWith('.sources') ? stanzas(readFileSync(file, 'utf8')) : oneLiners(readFileSync(file, 'utf8')),
    );
  return sources.find((source) => /\/debian\/?$/.test(source.uri)) ?? null;
}

const debianKeys = '/usr/share/keyrings/debian-archive-keyring.gpg';

function stanzas(text: string): DebianSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'mi').exec(stanza)?.[1];
    const uri = field('URIs');
    return uri === undefined || field('Enabled') === 'no' ? [] : [{ uri, signedBy: field('Signed-By') ?? debianKeys }];
  });
}

function oneLiners(text: string): DebianSource[] {
  return text.split('\n').flatMap((line) => {
    const [, options = '', uri] = /^deb\s+(\[[^\]]*\]\s+)?(\S+)/.exec(line.trim()) ?? [];
    return uri === undefined ? [] : [{ uri, signedBy: /signed-by=(\S+?)[\]\s]/.exec(options)?.[1] ?? debianKeys }];
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
