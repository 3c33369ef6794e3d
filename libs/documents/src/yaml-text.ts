import type { DocumentError, DocumentErrorCode } from '#contracts';
import { errorAt } from './fault.js';
import { inexactNumber, tooDeep } from './plain-value.js';
import type { Document, LineCounter, YAMLError } from 'yaml';
import { yamlLocator } from './whole/locate-yaml.js';
import type { Locate } from './whole/locate.js';

/** What a YAML text holds. `jobLines`: the line of each item of `jobs`, from 1. */
export type YamlRead = { value: unknown; jobLines: number[]; locate: Locate } | { errors: DocumentError[] };

/** Most that aliases may multiply: enough for an anchor that thousands of jobs share, too few for a bomb. */
const aliasCountMax = 10_000;

/**
 * Reads YAML 1.2 (core schema): no custom tags, no key twice, no merge keys, one document.
 * The parser is loaded on first use, since most commands never need it.
 */
export async function readYaml(text: string): Promise<YamlRead> {
  if (nestsTooDeep(text)) return { errors: [errorAt('', tooDeep(''))] };
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  try {
    const document = yaml.parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      prettyErrors: false,
    });
    const errors = [...document.errors, ...document.warnings].map((error) => syntaxError(error, lines));
    errors.push(...numberErrors(yaml, document, lines));
    if (errors.length > 0) return { errors };
    const value = document.toJS({ maxAliasCount: aliasCountMax }) as unknown;
    return { value, jobLines: jobLines(yaml, document, lines), locate: yamlLocator(yaml, document, lines) };
  } catch (error) {
    return { errors: [thrown(error)] };
  }
}

/** Deeper than any document may be, yet shallow enough for the parser, whose time grows with the square of the depth. */
const nestingMax = 1_000;

/** A rough count, before anything is parsed: open brackets, and dashes in a row on one line. */
function nestsTooDeep(text: string): boolean {
  let brackets = 0;
  let dashes = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '[' || character === '{') brackets++;
    else if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1);
    else if (character === '\n') dashes = 0;
    else if (character === '-' && text[i + 1] === ' ') dashes++;
    if (brackets > nestingMax || dashes > nestingMax) return true;
  }
  return false;
}

function syntaxError(error: YAMLError, lines: LineCounter): DocumentError {
  const { line, col } = lines.linePos(error.pos[0]);
  const isTwin = error.code === 'DUPLICATE_KEY';
  return {
    code: isTwin ? 'DUPLICATE_KEY' : 'BAD_SYNTAX',
    where: `line ${line}, column ${col}`,
    message: `not good YAML: ${error.message}`,
    remedy: isTwin
      ? 'Keep one of the two.'
      : 'Mend the text there; tabs, indentation and unquoted colons are the usual causes.',
  };
}

function numberErrors(yaml: typeof import('yaml'), document: Document, lines: LineCounter): DocumentError[] {
  const errors: DocumentError[] = [];
  yaml.visit(document, {
    Scalar(_, { value, source, range }) {
      if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return;
      if (source === undefined || /[.eE]/.test(source)) return;
      const { line, col } = lines.linePos(range?.[0] ?? 0);
      errors.push(errorAt(`line ${line}, column ${col}`, inexactNumber(source, '')));
    },
  });
  return errors;
}

function jobLines(yaml: typeof import('yaml'), document: Document, lines: LineCounter): number[] {
  const jobs = yaml.isMap(document.contents) ? document.contents.get('jobs', true) : undefined;
  if (!yaml.isSeq(jobs)) return [];
  return jobs.items.map((item) => lines.linePos((yaml.isNode(item) ? item.range?.[0] : undefined) ?? 0).line);
}

/** What the parser throws instead of listing: alias bombs and unknown aliases (ReferenceError), a full stack (RangeError). */
function thrown(error: unknown): DocumentError {
  if (error instanceof RangeError) return errorAt('', tooDeep(''));
  if (!(error instanceof ReferenceError)) throw error;
  const isBomb = /excessive alias/i.test(error.message);
  const code: DocumentErrorCode = isBomb ? 'TOO_LARGE' : 'BAD_SYNTAX';
  const remedy = isBomb
    ? `Aliases may multiply to at most ${aliasCountMax}: put what is common under "defaults" or a template.`
    : 'Define the anchor (&name) above its first alias (*name).';
  return { code, where: '/', message: `not good YAML: ${error.message}`, remedy };
}
