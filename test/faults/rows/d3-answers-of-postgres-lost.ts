import { answerLost, isCommit, type Meddler, type Random, until } from '#test-kit';
import { everyEventTold } from '../expectations.js';
import { harmRow } from './harm-rows.js';

const lostMin = 25;

export const d3 = harmRow({
  id: 'D3',
  title: 'answers of PostgreSQL are lost, most of them to COMMIT',
  inCi: true,
  load: { workflows: 12 },
  harm: async ({ random, figures, load }, { postgres }) => {
    postgres.meddlerOf = () => losing(random);
    postgres.drop();
    let over = false;
    const more = async (): Promise<void> => {
      while (!over) await load.run({ workflows: 2 });
    };
    const lost = until(`${lostMin} answers are lost`, 90_000, () => postgres.broken >= lostMin);
    await Promise.all([lost.finally(() => (over = true)), more()]);
    postgres.meddlerOf = () => null;
    postgres.drop();
    figures.set('answers lost', postgres.broken);
  },
  expected: everyEventTold,
});

/** Each connection loses one answer: to a COMMIT, or to whatever is asked, which may be a statement that commits itself. */
function losing(random: Random): Meddler {
  const isIt = random.once(3) ? () => true : isCommit;
  let left = random.between(6, 20);
  return answerLost((bytes) => isIt(bytes) && (left -= 1) === 0);
}
