/** A token that is one of ours, or of an issuer that we know, and does not count. The message never holds the token. */
export class RefusedToken extends Error {
  override readonly name = 'RefusedToken';
  /**
   * @param code of the problem that the caller is answered, such as `auth/expired`
   * @param message what is wrong with it, for the caller
   */
  constructor(
    readonly code: string,
    message: string,
    /** What the caller may do about it. */
    readonly remedy?: string,
  ) {
    super(message);
  }
}
