/** The longest that one timer of Node reaches. */
const timerMsMax = 2 ** 31 - 1;

/** Resolves after so many milliseconds, or rejects with the reason of the signal as soon as it is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= timerMsMax) await nap(Math.min(leftMs, timerMsMax), signal);
}

function nap(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
