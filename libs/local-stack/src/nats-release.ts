import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.js';

/** The release that is fetched when the machine has no nats-server of its own. */
export const natsRelease = '2.10.29';

/** SHA-256 of nats-server-v2.10.29-<platform>.tar.gz, as the project's own container files pin them. */
const checksums: Readonly<Record<string, string>> = {
  'linux-amd64': 'e314da74a83a1d3876db8814c27eb990fe729640fd6452025b441bcede8390da',
  'linux-arm64': 'da4b27942ecfb4c5f0c54553d2e7f470ddda9d7581cfe8131b351a0e223ed401',
};

const fetchMsMax = 10_000;

/**
 * Fetches the pinned release, checks it and puts the binary at `target`.
 * @returns null when it is there, else why not.
 */
export async function fetchNatsRelease(options: {
  target: string;
  scratch: string;
  signal?: AbortSignal;
  from?: string;
}): Promise<string | null> {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const checksum = checksums[platform];
  if (checksum === undefined) return `no checksum is pinned for ${platform}`;
  const name = `nats-server-v${natsRelease}-${platform}`;
  const from = options.from ?? 'https://github.com/nats-io/nats-server/releases/download';
  const archive = await fetchBytes(`${from}/v${natsRelease}/${name}.tar.gz`, options.signal);
  if (typeof archive === 'string') return archive;
  if (createHash('sha256').update(archive).digest('hex') !== checksum)
    return 'the archive does not have the pinned checksum';
  return unpack(archive, { ...options, name });
}

async function fetchBytes(url: string, signal?: AbortSignal): Promise<Buffer | string> {
  const timeout = AbortSignal.timeout(fetchMsMax);
  try {
    const answer = await fetch(url, { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : `the server answered ${answer.status}`;
  } catch (fault) {
    if (timeout.aborted) return `no answer within ${fetchMsMax / 1000} s`;
    const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause : fault;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function unpack(archive: Buffer, to: { target: string; scratch: string; name: string }): Promise<string | null> {
  mkdirSync(to.scratch, { recursive: true });
  try {
    writeFileSync(join(to.scratch, 'nats.tar.gz'), archive);
    const done = await runCommand('tar', ['-xzf', 'nats.tar.gz', `${to.name}/nats-server`], {
      timeoutMs: 30_000,
      cwd: to.scratch,
    });
    if (done.code !== 0) return `tar: ${done.stderr.trim()}`;
    const binary = join(to.scratch, to.name, 'nats-server');
    chmodSync(binary, 0o755);
    await rename(binary, to.target);
    return null;
  } finally {
    rmSync(to.scratch, { recursive: true, force: true });
  }
}
