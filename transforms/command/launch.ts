/**
 * A program as it is going to be started. It passes through what wraps it, in this order: the sandbox, then the group
 * that holds it to its limits. Each returns another launch, whose program starts the one it was given.
 */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder that it starts in. */
  readonly cwd: string;
}
