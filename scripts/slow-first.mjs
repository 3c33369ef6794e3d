/**
 * The order in which suites run: those that take minutes first, so that none of them runs alone in the end; then the larger
 * files. Jest's own order is by times that it remembers, and a fresh clone remembers none.
 */
import { statSync } from 'node:fs';

const slow = ['/test/faults/', '/test/model/', '/test/fuzz/', '/test/integration/services/', '/test/e2e/'];

/** How early a suite runs: the smaller, the earlier. */
const rankOf = ({ path }) => {
  const place = slow.findIndex((folder) => path.includes(folder));
  return place < 0 ? slow.length : place;
};

export default class SlowFirst {
  sort(tests) {
    const sized = [...tests].map((test) => ({ test, rank: rankOf(test), bytes: statSync(test.path).size }));
    return sized.sort((a, b) => a.rank - b.rank || b.bytes - a.bytes).map(({ test }) => test);
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // nothing is remembered
  }
}
