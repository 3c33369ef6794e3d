import { documentErrorsMax, type DocumentError, type DocumentErrorCode, type DocumentRefusal } from '#contracts';

/** An error of a document and the job that it stands in, so that all can be told in the order of the document. */
export interface FoundError {
  /** -1: the header, or the document as a whole. */
  ordinal: number;
  error: DocumentError;
}

/**
 * The errors of one document that was checked whole: those of the first jobs in full, and of each code at least one; all
 * of them counted.
 */
export class FoundErrors {
  private readonly found: FoundError[] = [];
  private readonly counts = new Map<DocumentErrorCode, number>();

  get isEmpty(): boolean {
    return this.counts.size === 0;
  }

  /** Whether an error of this code, of a job after all others, would be listed. Ask before it is counted. */
  wants(code: DocumentErrorCode): boolean {
    return this.found.length < documentErrorsMax || !this.counts.has(code);
  }

  count(code: DocumentErrorCode, times = 1): void {
    const sum = (this.counts.get(code) ?? 0) + times;
    if (sum > 0) this.counts.set(code, sum);
    else this.counts.delete(code);
  }

  /** Lists an error that was counted. */
  list(found: FoundError): void {
    this.found.push(found);
  }

  add(ordinal: number, ...errors: DocumentError[]): void {
    for (const error of errors) {
      const wanted = ordinal < 0 || this.wants(error.code);
      this.count(error.code);
      if (wanted) this.list({ ordinal, error });
    }
  }

  answer(): DocumentRefusal {
    const found = this.found.sort((a, b) => a.ordinal - b.ordinal);
    const firsts = new Set(
      found.filter(({ error }, i) => i === found.findIndex((other) => other.error.code === error.code)),
    );
    const others = found.filter((each) => !firsts.has(each)).slice(0, documentErrorsMax - firsts.size);
    const listed = new Set([...firsts, ...others]);
    const errors = found.filter((each) => listed.has(each)).map(({ error }) => error);
    return { errors, counts: Object.fromEntries(this.counts) };
  }
}
