import type { Random } from '#test-kit';
import type { Trial } from '../trial.js';
import type { Tapped } from './message-tap.js';
import { tapRow } from './tap-rows.js';

/** Ways in which a message is broken so that nobody can read it. */
const breakings: readonly ((random: Random, { body }: Tapped) => string | Uint8Array)[] = [
  () => '',
  () => 'not JSON',
  () => JSON.stringify({ version: 99, gateway: 'g', batches: { none: true } }),
  (random, { body }) => body.subarray(0, random.between(1, body.length - 1)),
  (_, { body }) => Buffer.concat([body, Buffer.from('}')]),
];

let unreadable = 0;

export const f3 = tapRow({
  id: 'F3',
  title: 'broken messages among the good ones: cut, of another schema, empty, with flipped bits',
  inCi: true,
  besides: ({ random }, tap, message) => {
    tap.send(message, random.pick(breakings)(random, message));
    unreadable += 1;
    tap.send(message, flipped(random, message));
  },
  expected: eachSetAside,
});

/** The highest bit of one byte: text that is no text any more, wherever it stood. It may still be read, as other text. */
function flipped(random: Random, { body }: Tapped): Uint8Array {
  const bytes = Buffer.from(body);
  const at = random.below(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x80, at);
  return bytes;
}

async function eachSetAside({ stack }: Trial): Promise<void> {
  const [row] = await stack.rows<{ letters: number; unexplained: number }>(
    "select count(*)::int as letters, count(*) filter (where reason = '')::int as unexplained from dead_letter",
  );
  if (!row || row.letters < unreadable || row.unexplained > 0)
    throw new Error(`${unreadable} messages can't be read; set aside: ${JSON.stringify(row)}`);
}
