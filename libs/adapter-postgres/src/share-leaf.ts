import { createHash } from 'node:crypto';
import { type Caller, leafPath, localIssuer, ownerName, parentPath, pathOfSpace, pathsTo, shareName } from '#core';
import type { Database, Transaction } from './database.js';
import * as queries from './generated/queries.js';

type Owner = Pick<Caller, 'issuer' | 'subject'>;

/** Of names that are cut the issuer would be lost: a digest in front keeps them apart. */
function leafName(owner: Owner): string {
  const name = ownerName(owner);
  if (owner.issuer === localIssuer || shareName(`${name}.`).length > shareName(name).length) return name;
  return `${createHash('sha256').update(name).digest('hex').slice(0, 16)}~${name}`;
}

/** The leaf of a user in a space; it and the nodes above it are made when they are needed for the first time. */
export async function findOrMakeLeaf(database: Database, space: string, owner: Owner): Promise<number> {
  const [given] = await database.run<[string]>(queries.shareOfSpace, [space]);
  const path = leafPath(given?.[0] ?? pathOfSpace(space), leafName(owner));
  const found = await findShare(database, path);
  if (found !== null) return found;
  return makeShare(database, path);
}

/** Makes a share and those above it, as far as they do not exist. @returns its id. */
export async function makeShare(database: Pick<Transaction, 'run'>, path: string): Promise<number> {
  for (const each of pathsTo(path)) await database.run(queries.shareAdd, [each, parentPath(each)]);
  const made = await findShare(database, path);
  if (made === null) throw new Error(`share ${path} was just made and is not there`);
  return made;
}

async function findShare(database: Pick<Transaction, 'run'>, path: string): Promise<number | null> {
  const [row] = await database.run<[number | null]>(queries.shareFind, [[path]]);
  return row?.[0] ?? null;
}
