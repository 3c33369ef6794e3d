/** A fault outside: an issuer whose keys we need does not answer, or answers nonsense. Its tokens cannot be judged now. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway';
  readonly retry = true;

  constructor(
    readonly issuer: string,
    why: string,
    options: { cause?: unknown } = {},
  ) {
    super(`the keys of issuer ${issuer} are not to be had: ${why}`, options);
  }
}
