/**
 * The query language: `label:isr -site:USDF exit:1,137 state:failed`. Terms stand side by side and all must hold; a term
 * holds when one of its values does; `-` or `!` before it turns it around. A value is a word, a text in double quotes (with
 * \" and \\), or a range `1..9`, `>=1`, `<9`. What fields there are, and what values mean, is for who reads the terms.
 */

export type QueryValue =
  | { kind: 'text'; text: string; isQuoted: boolean; at: number }
  | { kind: 'range'; from: string | null; to: string | null; isFromIn: boolean; isToIn: boolean; at: number };

/** One term; positions count characters of the query from 1. */
export interface QueryTerm {
  /** Null: a word without a field. */
  field: string | null;
  isNot: boolean;
  values: QueryValue[];
  at: number;
}

/** Why a query cannot be read: where, what is wrong there, and how to write it. */
export interface QueryFault {
  code: 'syntax' | 'unknown-field' | 'value' | 'too-complex';
  at: number;
  message: string;
  remedy: string;
}

/** Longest query, in characters, and most terms and values in it. */
export const queryCharsMax = 4_000;
const termsMax = 100;
const valuesMax = 1_000;

/** Terms of a query, none for an empty one, or the first fault. */
export function readQuery(text: string): { terms: QueryTerm[] } | { fault: QueryFault } {
  if (text.length > queryCharsMax) {
    const message = `the query has ${text.length} characters`;
    return {
      fault: {
        code: 'too-complex',
        at: queryCharsMax + 1,
        message,
        remedy: `at most ${queryCharsMax}: ask with fewer values`,
      },
    };
  }
  const reader = new QueryReader(text);
  try {
    return { terms: reader.terms() };
  } catch (error) {
    if (error instanceof BadQuery) return { fault: error.fault };
    throw error;
  }
}

class BadQuery extends Error {
  constructor(readonly fault: QueryFault) {
    super(fault.message);
  }
}

const space = /\s/;
const fieldShape = /^[A-Za-z][A-Za-z.]*$/;
/** What ends a word that is not in quotes. */
const wordEnd = /[\s,"]/;

class QueryReader {
  private place = 0;
  private values = 0;

  constructor(private readonly text: string) {}

  terms(): QueryTerm[] {
    const terms: QueryTerm[] = [];
    for (this.skipSpace(); this.place < this.text.length; this.skipSpace()) {
      if (terms.length === termsMax)
        this.fail(`more than ${termsMax} terms`, 'a term may have several values: state:ready,leased', 'too-complex');
      terms.push(this.term());
    }
    return terms;
  }

  private term(): QueryTerm {
    const at = this.place + 1;
    const isNot = this.next === '-' || this.next === '!';
    if (isNot) this.place += 1;
    const field = this.field();
    const term = { field, isNot, at, values: [this.value()] };
    while (this.next === ',') {
      this.place += 1;
      term.values.push(this.value());
    }
    if (this.place < this.text.length && !space.test(this.next))
      this.fail('a term ends with a space', 'put a space before the next term');
    return term;
  }

  /** The name before the first colon; null where a word has none. */
  private field(): string | null {
    const rest = /^[^\s:,"]*:/.exec(this.text.slice(this.place, this.place + 100))?.[0];
    if (rest === undefined) return null;
    const name = rest.slice(0, -1);
    if (!fieldShape.test(name))
      this.fail(`"${name}" is no field`, 'a field is letters, and a colon follows it: label:isr');
    this.place += rest.length;
    return name;
  }

  private value(): QueryValue {
    if (++this.values > valuesMax) this.fail(`more than ${valuesMax} values`, 'ask with fewer', 'too-complex');
    const at = this.place + 1;
    if (this.next === '"') return { kind: 'text', text: this.quoted(), isQuoted: true, at };
    const from = this.place;
    while (this.place < this.text.length && !wordEnd.test(this.next)) this.place += 1;
    const word = this.text.slice(from, this.place);
    if (word === '') this.fail('a value is missing', 'write one after the colon or the comma; the empty one is ""');
    return rangeOf(word, at) ?? { kind: 'text', text: word, isQuoted: false, at };
  }

  private quoted(): string {
    const from = this.place;
    let text = '';
    for (this.place += 1; this.next !== '"'; this.place += 1) {
      if (this.next === '\\') this.place += 1;
      if (this.place >= this.text.length) {
        this.place = from;
        this.fail('the text is not closed', 'end it with another "; write \\" for one inside it');
      }
      text += this.next;
    }
    this.place += 1;
    return text;
  }

  private skipSpace(): void {
    while (this.place < this.text.length && space.test(this.next)) this.place += 1;
  }

  private get next(): string {
    return this.text.charAt(this.place);
  }

  private fail(message: string, remedy: string, code: QueryFault['code'] = 'syntax'): never {
    throw new BadQuery({ code, at: this.place + 1, message, remedy });
  }
}

function rangeOf(word: string, at: number): QueryValue | null {
  const between = /^(.*?)\.\.(.*)$/.exec(word);
  if (between) {
    const [, from = '', to = ''] = between;
    return { kind: 'range', from: from || null, to: to || null, isFromIn: true, isToIn: true, at };
  }
  const [, sign, bound = ''] = /^(>=|<=|>|<)(.+)$/.exec(word) ?? [];
  if (sign === undefined) return null;
  const isIn = sign.endsWith('=');
  return sign.startsWith('>')
    ? { kind: 'range', from: bound, to: null, isFromIn: isIn, isToIn: true, at }
    : { kind: 'range', from: null, to: bound, isFromIn: true, isToIn: isIn, at };
}

/** A text as a value of a query: in quotes where it must be. */
export const queryValue = (text: string): string =>
  /^[^\s,":<>!.-][^\s,":]*$/.test(text) && !text.includes('..') ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
