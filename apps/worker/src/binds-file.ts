/**
 * Owns the binds that a worker is told by a file, which others change while it runs.
 *
 * F1 A folder within one that jobs may write is not shown by itself: a job could put a link in its place, and the
 *    worker would follow it. For the same reason one that holds a given bind is not writable.
 * F2 What has become a link, or is gone, is left out.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import type { Bind } from '#transform-sdk';

export class BindsFile {
  private readAs = '';
  private inFile: readonly Bind[] = [];

  /** @param given those that hold besides, whatever the file says; they are shown last, so that they count. */
  constructor(
    private readonly file: string,
    private readonly given: readonly Bind[],
  ) {}

  /** As the file is now: it is read again when it has changed. */
  readonly read = (): readonly Bind[] => {
    const stat = statSync(this.file, { throwIfNoEntry: false });
    const version = stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (version !== this.readAs) {
      this.inFile = version === '' ? [] : topmost(bindsIn(readFileSync(this.file, 'utf8')), this.given);
      this.readAs = version;
    }
    return this.inFile.length === 0 ? this.given : [...this.inFile.filter(isStillThere), ...this.given];
  };
}

/** Outer folders first, as they must be mounted. What is said of a folder last counts. */
function bindsIn(text: string): Bind[] {
  const said = text.split('\n').flatMap((line): [string, Bind][] => {
    const [, way, path] = /^(ro|rw) (\/.+)$/.exec(line) ?? [];
    return path === undefined ? [] : [[path, { path, writable: way === 'rw' }]];
  });
  return [...new Map(said).values()].sort((a, b) => a.path.length - b.path.length);
}

/** F1 */
function topmost(said: readonly Bind[], given: readonly Bind[]): Bind[] {
  const holdsGiven = (path: string): boolean => given.some((bind) => isBelow(path, bind));
  const binds = said.map(({ path, writable }) => ({ path, writable: writable && !holdsGiven(path) }));
  const writable = [...given, ...binds].filter((bind) => bind.writable);
  return binds.filter((bind) => !writable.some((outer) => isBelow(outer.path, bind)));
}

const isBelow = (folder: string, { path }: Bind): boolean => path.startsWith(`${folder}${sep}`);

/** F2 */
function isStillThere({ path }: Bind): boolean {
  try {
    return realpathSync(path) === path;
  } catch {
    return false;
  }
}
