import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { PostgresBinaries } from './find-postgres.js';
import { readFileOrNull, writePrivateFile } from './private-file.js';
import { StackFault } from './stack-contract.js';
import { databaseUser, isRoot, mayRead, type SystemUser } from './system-user.js';

/** Where a stack's database lies and whose it is. */
export interface DatabasePlace {
  /** Holds `data`, and a copy of the binaries where the database's user cannot read the checkout. */
  folder: string;
  /** The user PostgreSQL runs as; null: ours. */
  user: SystemUser | null;
}

/** Inside the state folder the place is written relative to it, so that the folder may be moved and copied. */
const insideStateDir = 'postgres';

/**
 * Chooses the place once and names it in <stateDir>/postgres.place; later starts follow that file.
 * As root PostgreSQL has a user of its own: the state folder serves if that user may enter it, else a folder in /var/tmp.
 * @throws StackFault when the place belongs to another state folder or user.
 */
export function databasePlace(stateDir: string, outside = '/var/tmp'): DatabasePlace {
  const user = isRoot() ? requiredUser() : null;
  const note = join(stateDir, 'postgres.place');
  const noted = readFileOrNull(note)?.trim();
  const chosen =
    noted ?? (user === null || mayRead(stateDir, user) ? insideStateDir : outsideFolder(stateDir, outside));
  const folder = resolve(stateDir, chosen);
  if (chosen !== insideStateDir) claim(folder, { stateDir, user, isNew: noted === undefined });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user !== null) chownSync(folder, user.uid, user.gid);
  if (noted === undefined) writePrivateFile(note, `${chosen}\n`);
  return { folder, user };
}

/**
 * The same binaries where the place's user may read them: as they are, or copied once into the place.
 * @throws StackFault when a system PostgreSQL cannot be read by its user.
 */
export function readableBinaries(binaries: PostgresBinaries, place: DatabasePlace): PostgresBinaries {
  if (place.user === null || mayRead(binaries.postgres, place.user)) return binaries;
  if (binaries.origin.kind === 'system') {
    throw new StackFault(
      `${binaries.postgres} cannot be read by user ${place.user.name}, which runs PostgreSQL. Make it readable, or set SLUICE_POSTGRES=embedded.`,
    );
  }
  const copy = join(place.folder, `binaries-${binaries.major}`);
  if (!existsSync(copy)) copyTo(copy, { from: binaries.origin.root, user: place.user });
  return { ...binaries, initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

function requiredUser(): SystemUser {
  const user = databaseUser();
  if (user !== null) return user;
  throw new StackFault(
    'PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`. Run as a plain user, or set DATABASE_URL.',
  );
}

function outsideFolder(stateDir: string, outside: string): string {
  return join(outside, `sluice-${createHash('sha256').update(realpathSync(stateDir)).digest('hex').slice(0, 16)}`);
}

/**
 * Makes sure that a folder outside is ours alone. A new state folder that finds one has lost the password to it: the
 * state folder of that name was deleted, and what belonged to it goes too.
 */
function claim(folder: string, by: { stateDir: string; user: SystemUser | null; isNew: boolean }): void {
  if (existsSync(folder)) refuseForeign(folder, by.user);
  if (by.isNew) rmSync(folder, { recursive: true, force: true });
  const ours = realpathSync(by.stateDir);
  const owner = readFileOrNull(join(folder, 'state-folder'))?.trim() ?? ours;
  if (owner !== ours && existsSync(join(owner, 'postgres.place'))) {
    throw new StackFault(
      `${folder} is the database of ${owner}, of which ${ours} seems to be a copy. Delete ${join(ours, 'postgres.place')} to begin with an empty database.`,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writePrivateFile(join(folder, 'state-folder'), `${ours}\n`);
}

/** /var/tmp is everybody's: a folder that is there is taken only if root or the database's user made it. */
function refuseForeign(folder: string, user: SystemUser | null): void {
  const there = lstatSync(folder);
  if (there.isDirectory() && (there.uid === 0 || there.uid === user?.uid)) return;
  throw new StackFault(
    `${folder} is there already and belongs to somebody else (uid ${there.uid}). Remove it, or use another --state-dir.`,
  );
}

/** Copied beside and moved there whole, so that an interrupted start leaves nothing half copied. */
function copyTo(copy: string, { from, user }: { from: string; user: SystemUser }): void {
  const draft = `${copy}.draft`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  for (const entry of readdirSync(draft, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(draft, entry), user.uid, user.gid);
  }
  lchownSync(draft, user.uid, user.gid);
  renameSync(draft, copy);
}
