/**
 * Owns the way of transforms from outside the repository into a worker: a folder of modules, or a package.
 * Modules from outside may import `sluice/transform-sdk` and `zod` without installing them: they get the worker's own.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformOf, type TransformDefinition } from '#transform-sdk';

/** The transforms of one `--transforms` cannot be used; says which, why, and what to do. */
export class TransformsNotLoaded extends Error {
  constructor(from: string, why: string, options?: { cause: unknown }) {
    super(`no transforms loaded from ${from}: ${why}`, options);
    this.name = 'TransformsNotLoaded';
  }
}

/**
 * Loads every default or named export that is a transform.
 * @param from a folder, of whose modules (`*.js`, `*.mjs`; no specs) each is loaded, or else a package's name
 * @throws TransformsNotLoaded when there is none or a module is broken
 */
export async function loadTransforms(from: string): Promise<TransformDefinition[]> {
  lendOwnModules();
  const found = new Map<string, TransformDefinition>();
  for (const url of moduleUrls(from)) {
    for (const exported of Object.values(await loaded(from, url))) {
      const transform = transformOf(exported);
      if (transform !== null) found.set(transform.name, transform);
    }
  }
  if (found.size > 0) return [...found.values()];
  throw new TransformsNotLoaded(
    from,
    'nothing that it exports is a transform. Export defineTransform({...}) or a class with @Transform',
  );
}

/**
 * The built-in transforms and those from outside.
 * @throws TransformsNotLoaded also when two have the same name: which one runs must not depend on their order
 */
export function allTransforms(sources: readonly (readonly TransformDefinition[])[]): TransformDefinition[] {
  const byName = new Map<string, TransformDefinition>();
  for (const transform of sources.flat()) {
    if (byName.has(transform.name))
      throw new TransformsNotLoaded(transform.name, 'two transforms have this name; rename one');
    byName.set(transform.name, transform);
  }
  return [...byName.values()];
}

function moduleUrls(from: string): string[] {
  const path = resolve(from);
  if (!existsSync(path)) return [packageUrl(from)];
  if (!statSync(path).isDirectory()) return [pathToFileURL(path).href];
  if (existsSync(join(path, 'package.json'))) return [packageUrl(path)];
  const names = readdirSync(path).sort();
  const modules = names.filter((name) => /\.m?js$/.test(name) && !/\.spec\.m?js$/.test(name));
  if (modules.length > 0) return modules.map((name) => pathToFileURL(join(path, name)).href);
  const hint = names.some((name) => name.endsWith('.ts'))
    ? 'it holds only TypeScript: compile it first'
    : 'it holds no *.js or *.mjs';
  throw new TransformsNotLoaded(from, hint);
}

/** Found from the folder where the worker was started. */
function packageUrl(name: string): string {
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(name)).href;
  } catch (cause) {
    throw new TransformsNotLoaded(name, 'there is no such folder, and no such package is installed here', { cause });
  }
}

async function loaded(from: string, url: string): Promise<object> {
  try {
    return (await import(url)) as object;
  } catch (cause) {
    const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    throw new TransformsNotLoaded(from, `${url} is broken: ${why}`, { cause });
  }
}

let lent = false;

/** Once for the process: a resolve hook that answers for our own modules when they are not found otherwise. */
function lendOwnModules(): void {
  if (lent) return;
  lent = true;
  const own = { 'sluice/transform-sdk': import.meta.resolve('#transform-sdk'), zod: import.meta.resolve('zod') };
  register(`data:text/javascript,${encodeURIComponent(resolveHook(own))}`);
}

/** It runs in Node's loader thread, where only text can be sent. */
const resolveHook = (own: Record<string, string>): string => `
const own = ${JSON.stringify(own)};
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (fault) {
    if (own[specifier] === undefined) throw fault;
    return { url: own[specifier], shortCircuit: true };
  }
}`;
