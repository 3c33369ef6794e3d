/** Longest answer that is read: keys of a busy issuer are some 20 KiB. */
const bytesMax = 256 * 1024;
const fetchMs = 5_000;

/**
 * Fetches one JSON object of an issuer: no redirect is followed, the answer is cut off at 256 KiB and after 5 s.
 * @throws Error that says what was wrong, for the log
 */
export async function fetchJson(url: URL): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual', // an answer of another place than the configured one is none of the issuer's
    signal: AbortSignal.timeout(fetchMs),
  }).catch((cause: unknown) => {
    throw new Error(`${url.href} cannot be fetched: ${reasonOf(cause)}`, { cause });
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`${url.href} answered ${answer.status}`);
  }
  const value = parsed(await textOf(answer, url), url);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${url.href} answered no JSON object`);
  }
  return value as Record<string, unknown>;
}

async function textOf(answer: Response, url: URL): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > bytesMax) throw new Error(`${url.href} answered more than ${bytesMax} bytes`);
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${url.href} answered no JSON`, { cause });
  }
}

/** fetch() says "fetch failed"; what failed is in its cause. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
