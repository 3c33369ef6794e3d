/** A fault outside that may pass: try again. The statement may or may not have been applied. */
export class StoreUnavailable extends Error {
  readonly retry = true;
  constructor(what: string, options: { cause?: unknown } = {}) {
    const cause = options.cause instanceof Error ? options.cause.message : '';
    super(`PostgreSQL did not do '${what}'${cause ? `: ${cause}` : ''}`, options);
    this.name = 'StoreUnavailable';
  }
}

/**
 * PostgreSQL answers, but it is not as this build needs it: a table, a right or a whole database is not there. Whatever is
 * asked of it fails alike, so nothing that was asked is at fault; somebody has to put it right.
 */
export class StoreUnfit extends Error {
  override readonly name = 'StoreUnfit';
  constructor(what: string, options: { cause: unknown }) {
    const cause = options.cause instanceof Error ? options.cause.message : '';
    super(`PostgreSQL is not as '${what}' needs it${cause ? `: ${cause}` : ''}`, options);
  }
}

/** A lease request that was granted before came again as a new one. */
export class LeaseRepeated extends Error {
  constructor(options: { cause?: unknown } = {}) {
    super('one of these lease requests was granted before', options);
    this.name = 'LeaseRepeated';
  }
}
