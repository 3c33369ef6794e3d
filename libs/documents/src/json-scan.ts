import { shown } from '#core';
import type { ValueFault } from './fault.js';
import { documentDepthMax, inexactNumber, tooDeep } from './plain-value.js';
import { step } from './where.js';

/** A fault of JSON text. `offset` counts UTF-16 units from the start of the text. */
export interface JsonFault extends ValueFault {
  offset: number;
}

/** Raised inside the scan only: nothing after it can be read. */
class ScanStopped extends Error {}

const blank = /[ \t\n\r]*/y;
const literal = /(?:true|false|null)(?![\w.])/y;
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.+-])/y;
const word = /[^\s,:[\]{}"]+/y;

/**
 * Reads JSON text (RFC 8259) slowly and says what is wrong with it: syntax, keys that stand twice, numbers that cannot be
 * kept, depth. Used only on text that is already suspected.
 * @param topLevels levels that the text may have above the usual depth: 2 for a whole document (`jobs`, the job)
 */
export function scanJson(text: string, topLevels = 0): JsonFault[] {
  const scan = new JsonScan(text, documentDepthMax + topLevels);
  return scan.run();
}

class JsonScan {
  private readonly faults: JsonFault[] = [];
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly depthMax: number,
  ) {}

  run(): JsonFault[] {
    try {
      this.value('', 0);
      this.skipBlank();
      if (this.at < this.text.length) this.stop('something follows the end of the value', '');
    } catch (error) {
      if (!(error instanceof ScanStopped)) throw error;
    }
    return this.faults;
  }

  private value(pointer: string, depth: number): void {
    this.skipBlank();
    const first = this.text[this.at];
    if (first === '{' || first === '[') {
      if (depth === this.depthMax) this.halt({ ...tooDeep(pointer), offset: this.at });
      if (first === '{') this.object(pointer, depth + 1);
      else this.array(pointer, depth + 1);
    } else if (first === '"') this.string(pointer);
    else this.scalar(pointer);
  }

  private object(pointer: string, depth: number): void {
    const keys = new Set<string>();
    this.at++;
    if (this.takes('}')) return;
    do {
      this.skipBlank();
      const offset = this.at;
      if (this.text[this.at] === '}') this.stop('a comma stands before the closing }', pointer);
      if (this.text[this.at] !== '"') this.stop('a key in double quotes is missing', pointer);
      const key = this.string(pointer);
      if (keys.has(key)) this.faults.push({ ...duplicateKey(key, pointer), offset });
      keys.add(key);
      if (!this.takes(':')) this.stop(`a colon is missing after the key ${shown(key)}`, pointer);
      this.value(pointer + step(key), depth);
    } while (this.takes(','));
    if (!this.takes('}')) this.stop('a comma or } is missing', pointer);
  }

  private array(pointer: string, depth: number): void {
    this.at++;
    if (this.takes(']')) return;
    let index = 0;
    do this.value(pointer + step(index++), depth);
    while (this.takes(','));
    if (!this.takes(']')) this.stop('a comma or ] is missing', pointer);
  }

  private string(pointer: string): string {
    const token = this.text.slice(this.at, this.endOfString(pointer));
    try {
      const value = JSON.parse(token) as string;
      this.at += token.length;
      return value;
    } catch {
      return this.stop('a text holds a raw control character or a bad escape', pointer);
    }
  }

  private endOfString(pointer: string): number {
    for (let i = this.at + 1; i < this.text.length; i++) {
      if (this.text[i] === '"') return i + 1;
      if (this.text[i] === '\\') i++;
    }
    return this.stop('a text is not closed', pointer);
  }

  private scalar(pointer: string): void {
    const offset = this.at;
    if (this.match(literal) !== null) return;
    const token = this.match(number);
    if (token === null) this.stop(this.unreadable(), pointer);
    const isWhole = /^-?\d+(?:\.0*)?$/.test(token);
    const value = Number(token);
    const isExact = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!isExact) this.faults.push({ ...inexactNumber(token, pointer), offset });
  }

  private unreadable(): string {
    if (this.text[this.at] === ']' && /,\s*$/.test(this.text.slice(0, this.at)))
      return 'a comma stands before the closing ]';
    if (this.at >= this.text.length) return 'the text ends in the middle of a value';
    word.lastIndex = this.at;
    const found = word.exec(this.text)?.[0] ?? this.text[this.at];
    return `${shown(found)} is not a JSON value`;
  }

  private takes(character: string): boolean {
    this.skipBlank();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipBlank(): void {
    this.match(blank);
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  private stop(message: string, pointer: string): never {
    const remedy = 'Mend the text there: texts in double quotes, no comma after the last item, no comments, no NaN.';
    return this.halt({ code: 'BAD_SYNTAX', pointer, message, remedy, offset: this.at });
  }

  private halt(fault: JsonFault): never {
    this.faults.push(fault);
    throw new ScanStopped();
  }
}

const duplicateKey = (key: string, pointer: string): ValueFault => ({
  code: 'DUPLICATE_KEY',
  pointer: pointer + step(key),
  message: `the key ${shown(key)} stands twice in one object`,
  remedy: 'Keep one of the two.',
});
