import { stepsOf, type Locate, type Position } from './locate.js';

/** Longer texts are not searched: it would take seconds. */
const charsMax = 64 * 1024 * 1024;

/**
 * Finds places in JSON text that is known to be good. Asked in the order of the text it reads the list of jobs only once.
 * @param firstLine number of the text's first line
 */
export function jsonLocator(text: string, firstLine = 1): Locate {
  const search = new JsonSearch(text);
  const lines = new LineCount(text, firstLine);
  return (pointer) => (text.length > charsMax ? null : lines.positionOf(search.offsetOf(stepsOf(pointer))));
}

class JsonSearch {
  /** The item of the last long list that was found last: where to go on from. */
  private item = { list: -1, index: 0, offset: 0 };

  constructor(private readonly text: string) {}

  offsetOf(steps: readonly string[]): number {
    let shown = this.blanks(0);
    let value = shown;
    for (const step of steps) {
      const found = this.text[value] === '{' ? this.inObject(value, step) : this.inArray(value, Number(step));
      if (found === null) return shown;
      [shown, value] = [found.shown, found.value];
    }
    return shown;
  }

  private inObject(object: number, wanted: string): { shown: number; value: number } | null {
    let at = this.blanks(object + 1);
    while (this.text[at] === '"') {
      const end = this.endOfText(at);
      const value = this.blanks(this.blanks(end) + 1);
      if (JSON.parse(this.text.slice(at, end)) === wanted) return { shown: at, value };
      at = this.next(value);
    }
    return null;
  }

  private inArray(array: number, wanted: number): { shown: number; value: number } | null {
    if (this.text[array] !== '[' || !Number.isInteger(wanted)) return null;
    const goesOn = this.item.list === array && this.item.index <= wanted;
    let index = goesOn ? this.item.index : 0;
    let at = goesOn ? this.item.offset : this.blanks(array + 1);
    for (; this.text[at] !== ']' && at < this.text.length; index++) {
      if (index === wanted) {
        if (index > 0) this.item = { list: array, index, offset: at };
        return { shown: at, value: at };
      }
      at = this.next(at);
    }
    return null;
  }

  /** What follows the value at `at` and its comma. */
  private next(at: number): number {
    const end = this.blanks(this.endOfValue(at));
    return this.text[end] === ',' ? this.blanks(end + 1) : end;
  }

  private endOfValue(from: number): number {
    let depth = 0;
    for (let at = from; at < this.text.length; at++) {
      const character = this.text[at];
      if (character === '"') at = this.endOfText(at) - 1;
      else if (character === '{' || character === '[') depth++;
      else if ((character === '}' || character === ']') && --depth < 0) return at;
      else if (character === ',' && depth === 0) return at;
      if (depth === 0 && (character === '"' || character === '}' || character === ']')) return at + 1;
    }
    return this.text.length;
  }

  private endOfText(quote: number): number {
    for (let at = quote + 1; at < this.text.length; at++) {
      if (this.text[at] === '\\') at++;
      else if (this.text[at] === '"') return at + 1;
    }
    return this.text.length;
  }

  private blanks(from: number): number {
    let at = from;
    while (' \t\r\n'.includes(this.text[at] ?? 'x')) at++;
    return at;
  }
}

/** Lines of a text, counted on from the last place that was asked for. */
class LineCount {
  private last = { offset: 0, line: 0, start: 0 };

  constructor(
    private readonly text: string,
    private readonly firstLine: number,
  ) {}

  positionOf(offset: number): Position {
    let { line, start } = offset < this.last.offset ? { line: 0, start: 0 } : this.last;
    for (let end = this.text.indexOf('\n', start); end !== -1 && end < offset; end = this.text.indexOf('\n', start)) {
      line++;
      start = end + 1;
    }
    this.last = { offset, line, start };
    return { line: this.firstLine + line, column: offset - start + 1 };
  }
}
