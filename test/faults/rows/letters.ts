import { until } from '#test-kit';
import type { Trial } from '../trial.js';

/** Waits for a letter. @throws when there are more, or when it is another than the end of this job with this reason */
export async function setAsideAlone(
  { stack }: Trial,
  { ordinal, reason }: { ordinal: number; reason: string },
): Promise<void> {
  const read = (): Promise<{ jobs: number; reason: string; body: string }[]> =>
    stack.rows('select jobs, reason, body from dead_letter');
  await until('it is set aside', 60_000, async () => (await read()).length > 0);
  const [letter, ...more] = await read();
  if (!letter || more.length > 0) throw new Error(`${more.length + 1} letters were set aside`);
  if (letter.jobs !== 1 || !letter.body.includes(`:${ordinal}"`) || !letter.reason.includes(reason))
    throw new Error(`this was set aside: ${JSON.stringify(letter)}`);
}

/** As an operator does when what was wrong is mended. */
export async function putBack({ stack }: Trial): Promise<void> {
  const client = stack.client();
  const { letters } = await client.deadLetters.page(2);
  const { done } = await client.deadLetters.requeue(
    letters.map(({ id }) => id),
    { dryRun: false },
  );
  await client.close();
  if (done.length !== 1) throw new Error(`${done.length} letters were sent again`);
}
