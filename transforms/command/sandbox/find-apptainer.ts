import { lstatSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bind, Starter } from '#transform-sdk';
import { processGroup, programEnd } from '../process-group.js';
import { programPath } from './find-bwrap.js';
import { startInImage } from './image.js';
import { insideFolder, isRoot } from './sandbox-view.js';

/** The first start after a boot is slow. */
const trialMsMax = 30_000;
const systemFolders = ['/usr', '/bin', '/lib', '/lib64'];

/**
 * Finds Apptainer (SLUICE_APPTAINER, else `apptainer` or `singularity` on PATH) and runs `true` in an image made of this
 * system's own folders, as jobs will be run.
 * @param folder an existing folder in which attempts' folders will be
 */
export async function findApptainer(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<Starter> {
  if (process.platform !== 'linux') return { missing: 'only Linux has the namespaces that it needs' };
  const named = 'SLUICE_APPTAINER';
  const first = programPath('apptainer', { env, named });
  const path = typeof first === 'string' ? first : programPath('singularity', { env, named });
  if (typeof path !== 'string') return typeof first === 'string' ? path : first;
  const fault = await trialFault(path, folder);
  return fault === null ? { path, options: new Set() } : { missing: `${path} does not work here: ${fault}` };
}

/** @returns null when a program ran in an image; else what was said */
async function trialFault(apptainer: string, parent: string): Promise<string | null> {
  const room = await mkdtemp(join(parent, 'image-trial-'));
  const folder = join(room, 'job');
  try {
    await mkdir(folder);
    const { image, binds } = await ownImage(join(room, 'image'));
    const program = await startInImage(
      { program: '/bin/true', args: [] },
      {
        ...{
          apptainer,
          image,
          binds,
          hidden: [],
          cwd: insideFolder,
          folder,
          env: {},
          network: false,
          gpus: false,
          cache: null,
          root: isRoot(),
        },
        wrap: (launch) => launch,
      },
    );
    const end = await programEnd(program, processGroup(program), {
      signal: AbortSignal.timeout(trialMsMax),
      graceMs: () => 0,
    });
    if (end.exitCode === 0) return null;
    const said = (await readFile(join(folder, 'stderr'), 'utf8')).trim();
    return said.slice(0, 500) || `it ended with ${end.signal ?? end.exitCode}`;
  } catch (fault) {
    return String(fault);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

/** An image folder with nothing of its own: the system's folders are shown in it. */
async function ownImage(image: string): Promise<{ image: string; binds: Bind[] }> {
  const binds: Bind[] = [];
  for (const name of ['dev', 'proc', 'sys', 'tmp', 'var/tmp', 'etc', 'job'])
    await mkdir(join(image, name), { recursive: true });
  for (const path of systemFolders) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) await symlink(readlinkSync(path), join(image, path));
    else if (stat !== undefined) {
      await mkdir(join(image, path), { recursive: true });
      binds.push({ path, writable: false });
    }
  }
  return { image, binds };
}
