import { dirname, resolve } from 'node:path';
import type { FolderView } from '#local-stack';
import { remoteServer, type Connection } from './connect.js';
import type { Call } from './globals.js';
import type { DocumentSource } from './sources/document-source.js';

/** Where a person works: the folder that sluice was called in, and that of the document. */
export const workFolders = ({ file }: DocumentSource): string[] => [
  ...new Set([process.cwd(), ...(file === undefined ? [] : [dirname(resolve(file))])]),
];

/** Lets programs of jobs of this machine's stack see where a person works. A server elsewhere has its own rules. */
export async function openWorkFolders({ stateDir }: Connection, source: DocumentSource): Promise<void> {
  if (stateDir === null) return;
  const { openFolders } = await import('#local-stack');
  openFolders(stateDir, workFolders(source));
}

/** The folder that sluice was called in, as programs of jobs see it; null: they run on another machine. */
export async function calledFrom(call: Call): Promise<FolderView | null> {
  if (remoteServer(call.globals) !== null) return null;
  const { stateDirOf, viewOfFolder } = await import('#local-stack');
  return viewOfFolder(stateDirOf(call.globals.stateDir), process.cwd());
}
