/** Jest's globalTeardown: removes what scripts/test-run.mjs made. */
export default function endRun() {
  globalThis.endTestRun?.();
}
