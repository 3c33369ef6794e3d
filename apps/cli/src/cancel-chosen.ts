import type { JobConditions, SluiceClient } from '#client';
import type { CancelAnswer } from '#contracts';
import type { Call } from './globals.js';
import { printOrder } from './print-order.js';
import { counted } from './render/numbers.js';

/**
 * Ends open jobs that meet every condition; the workflow goes on. The server ends so many at a time: it is asked until there
 * are no more, in the workflow that the first answer names.
 */
export async function cancelChosen(
  call: Call,
  client: SluiceClient,
  order: { selector: string; conditions: JobConditions & { jobs?: string[] }; dryRun: boolean },
): Promise<void> {
  const { selector, conditions, dryRun } = order;
  const first = await client.cancel(selector, { ...conditions, dryRun });
  let sum = first;
  for (let last = first; last.more && !dryRun;) {
    last = await client.cancel(first.workflow, { ...conditions, dryRun });
    sum = { ...sum, ends: sum.ends + last.ends, prunes: sum.prunes + last.prunes, more: last.more };
  }
  await printOrder(call, sum, { sentences: [sentence(sum)], dryRun });
}

function sentence({ workflow, dryRun, ends, prunes, more }: CancelAnswer): string {
  if (ends === 0) return `${workflow} has no open job like that`;
  const atLeast = more ? 'at least ' : '';
  const pruned = prunes > 0 ? `, and prunes ${counted(prunes, 'job')} that wait for them` : '';
  return `${dryRun ? 'would cancel' : 'cancelled'} jobs of ${workflow}: ends ${atLeast}${counted(ends, 'open job')}${pruned}`;
}
