import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { Bind } from '#transform-sdk';

/** Binds of which programs see nothing, since they lie in what stays hidden, each with what hides it. */
export function hiddenBinds(binds: readonly Bind[], hidden: readonly string[]): { path: string; hiddenBy: string }[] {
  const places = hidden.map((path) => ({ path, place: realPathOr(path) }));
  return binds.flatMap(({ path }) => {
    const found = places.find(({ place }) => isWithin(place, realPathOr(path)));
    return found ? [{ path, hiddenBy: found.path }] : [];
  });
}

const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}${sep}`);

function realPathOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
