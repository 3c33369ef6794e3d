import type { DocumentError, DocumentErrorCode } from '#contracts';
import { onOneLine, shown } from '#core';
import { errorAt, type ValueFault } from './fault.js';
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
    errors.push(...valueErrors(yaml, document, lines));
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
    else if ((character === '-' || character === '?') && text[i + 1] === ' ') dashes++;
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
    message: isTwin ? 'the key stands twice in one object' : `not good YAML: ${plainWords(error)}`,
    remedy: isTwin
      ? 'Keep one of the two.'
      : 'Mend the text there; tabs, indentation and unquoted colons are the usual causes.',
  };
}

/** The parser repeats what it could not read, however long that is. */
const wordsMax = 300;

/** Where the parser speaks to programmers. */
function plainWords({ code, message }: YAMLError): string {
  return code === 'MULTIPLE_DOCS'
    ? 'a second document begins here, and a file holds one'
    : onOneLine(message.slice(0, wordsMax));
}

/** What YAML would take and change in silence: tags, keys that are no texts, numbers that are rounded, another version. */
function valueErrors(yaml: typeof import('yaml'), document: Document, lines: LineCounter): DocumentError[] {
  const errors: DocumentError[] = [];
  const tell = (node: unknown, fault: Omit<ValueFault, 'pointer'>): void => {
    const { line, col } = lines.linePos((yaml.isNode(node) ? node.range?.[0] : undefined) ?? 0);
    errors.push(errorAt(`line ${line}, column ${col}`, { ...fault, pointer: '' }));
  };
  // What the parser does not know it has told.
  const isKnown = document.errors.length + document.warnings.length === 0;
  const tellTag = (node: { tag?: string }): void => {
    if (isKnown && node.tag !== undefined) tell(node, tagged(node.tag));
  };
  if (document.directives?.yaml.version !== '1.2') tell(null, otherVersion);
  yaml.visit(document, {
    Seq: (_, node) => tellTag(node),
    Map(_, node) {
      tellTag(node);
      const names = new Set<string>();
      for (const { key } of node.items) {
        const target = yaml.isAlias(key) ? key.resolve(document) : key;
        const name = yaml.isScalar(target) ? String(target.value) : '';
        if (!yaml.isScalar(target) || target.value === null || !isWritten(target, name)) tell(key, keyNoText);
        else if (names.has(name)) tell(key, keyTwice(name));
        names.add(name);
      }
    },
    Scalar(_, node) {
      tellTag(node);
      const { value, source = '' } = node;
      if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return;
      if (/^[-+]?(?:\d+(?:\.0*)?|0[ox].*)$/.test(source)) tell(node, inexactNumber(source, ''));
    },
  });
  return errors;
}

/** A number or a word such as true is a good key as long as it reads the same afterwards. */
const isWritten = ({ value, source }: { value: unknown; source?: string }, name: string): boolean =>
  typeof value === 'string' || source === undefined || source === name;

type Words = Omit<ValueFault, 'pointer'>;

const tagged = (tag: string): Words => ({
  code: 'BAD_SYNTAX',
  message: `the tag ${shown(tag)} stands before a value, and tags are not read`,
  remedy: 'Take the tag away; a text goes in quotes.',
});

const keyNoText: Words = {
  code: 'BAD_TYPE',
  message: 'a key is not a text',
  remedy: 'Put the key in quotes, as it should read.',
};

const keyTwice = (name: string): Words => ({
  code: 'DUPLICATE_KEY',
  message: `the key ${shown(name)} stands twice in one object`,
  remedy: 'Keep one of the two.',
});

const otherVersion: Words = {
  code: 'BAD_SYNTAX',
  message: 'the %YAML line asks for another version than 1.2, in which words such as "yes" mean something else',
  remedy: 'Take the %YAML line away.',
};

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
  const message = isBomb
    ? `its aliases multiply to more than ${aliasCountMax} values`
    : `not good YAML: ${onOneLine(error.message)}`;
  return { code, where: '/', message, remedy };
}
