const hints: readonly [sign: RegExp, hint: string][] = [
  [
    /network is unreachable|temporary failure in name resolution|could not resolve host|name or service not known|getaddrinfo|EAI_AGAIN|ENETUNREACH/i,
    '[sandbox: this job has no network; its template may ask for one with `command.network: true`]',
  ],
  [
    /read-only file system|EROFS/i,
    "[sandbox: a job writes to its own folder and to /tmp; the worker's `--bind PATH:rw` opens more]",
  ],
];

/**
 * What a program in a sandbox seems to have lacked, and who can give it; null when its words do not say so. Without a
 * word of failure, so that the program's own words stay what its failures are grouped by.
 */
export function lackingHint(message: string): string | null {
  return hints.find(([sign]) => sign.test(message))?.[1] ?? null;
}
