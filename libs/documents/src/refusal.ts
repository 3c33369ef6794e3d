import { documentErrorsMax, type DocumentError, type DocumentErrorCode, type DocumentRefusal } from '#contracts';

/** Collects the errors of one document: the first 100 in full, the rest by count. The same error is taken once. */
export class Refusal {
  private readonly errors: DocumentError[] = [];
  private readonly listed = new Set<string>();
  private readonly counts = new Map<DocumentErrorCode, number>();

  get isEmpty(): boolean {
    return this.counts.size === 0;
  }

  add(...errors: DocumentError[]): void {
    for (const error of errors) this.addOne(error);
  }

  /** @returns what the user is told; `counts` holds the errors that are not listed too. */
  answer(): DocumentRefusal {
    return { errors: [...this.errors], counts: Object.fromEntries(this.counts) };
  }

  private addOne(error: DocumentError): void {
    // A bad name is also a bad text: one fault of one thing.
    const key = `${error.code} ${error.where}`;
    if (this.listed.has(key)) return;
    this.counts.set(error.code, (this.counts.get(error.code) ?? 0) + 1);
    if (this.errors.length >= documentErrorsMax) return;
    this.listed.add(key);
    this.errors.push(error);
  }
}

/** The document is refused. Mend it as `refusal` says and submit again; the same document is refused again. */
export class DocumentRefused extends Error {
  readonly retry = false;

  constructor(readonly refusal: DocumentRefusal) {
    const count = Object.values(refusal.counts).reduce((sum, n) => sum + n, 0);
    const first = refusal.errors[0];
    super(`the document is refused: ${count} errors${first ? `, the first at ${first.where}: ${first.message}` : ''}`);
    this.name = 'DocumentRefused';
  }
}

/** A refusal with errors known beforehand. */
export function refusalOf(...errors: DocumentError[]): DocumentRefusal {
  const refusal = new Refusal();
  refusal.add(...errors);
  return refusal.answer();
}

/** The HTTP status of a refusal: 400 when the text cannot be read at all, else 422. */
export function refusalStatus(refusal: DocumentRefusal): 400 | 422 {
  return refusal.counts.BAD_SYNTAX ? 400 : 422;
}
