// Searches all models and their mutants, one line each: npm run test:models [-- --ci].
import { findSpin } from './find-spin.js';
import { models } from './models.js';
import { searchModel } from './search-model.js';

const inCi = process.argv.includes('--ci');
const spin = await findSpin();
if ('missing' in spin) {
  console.error(`models can't be searched: ${spin.missing}`);
  process.exit(1);
}
const searches = models.flatMap(({ name, bounds, mutants }) => [
  { model: name, defines: inCi ? bounds.ci : bounds.long, isMutant: false },
  ...mutants
    .filter((mutant) => mutant.inCi || !inCi)
    .map((mutant) => ({ model: name, defines: [mutant.name, ...mutant.bounds], isMutant: true })),
]);
let wrong = 0;
console.log(`${'model'.padEnd(8)}${'with'.padEnd(32)}${'states'.padStart(12)}${'sec'.padStart(8)}  errors`);
for (const { model, defines, isMutant } of searches) {
  const startMs = performance.now();
  const { states, errors, isComplete, violation } = await searchModel(spin, model, defines);
  const sec = ((performance.now() - startMs) / 1_000).toFixed(1);
  const isRight = isMutant ? errors > 0 : errors === 0 && isComplete;
  const verdict = isRight ? (isMutant ? ', as it must' : '') : ', WRONG';
  const counts = `${states.toLocaleString('en').padStart(12)}${sec.padStart(8)}  ${errors}`;
  console.log(`${model.padEnd(8)}${defines.join(' ').padEnd(32)}${counts}${verdict}`);
  if (isRight) continue;
  wrong += 1;
  console.log(violation ? `${violation.text}\n${violation.steps}` : 'not all states were searched');
}
console.log(`${searches.length - wrong} of ${searches.length} as they must be`);
process.exitCode = wrong === 0 ? 0 : 1;
