/** A fault outside that may pass: try again. The statement may or may not have been applied. */
export class StoreUnavailable extends Error {
  readonly retry = true;
  constructor(what: string, options: { cause?: unknown } = {}) {
    const cause = options.cause instanceof Error ? options.cause.message : '';
    super(`PostgreSQL did not do '${what}'${cause ? `: ${cause}` : ''}`, options);
    this.name = 'StoreUnavailable';
  }
}
