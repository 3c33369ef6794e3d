import { streams, subjects } from '#contracts';
import { falselyDuplicate, until } from '#test-kit';
import { everyEventTold } from '../expectations.js';
import { harmRow } from './harm-rows.js';

/** Of each stream. */
const deniedMin = 15;
const deniedMsMax = 90_000;

export const c11 = harmRow({
  id: 'C11',
  title: 'streams say of messages that they never stored that they have them already',
  harm: async ({ random, figures, load }, { nats }) => {
    const denied = { [streams.terminal]: 0, [streams.event]: 0 };
    const isDenied = (stream: keyof typeof denied, isOf: (subject: string) => boolean) => (subject: string) => {
      const isIt = isOf(subject) && random.once(2);
      if (isIt) denied[stream] += 1;
      return isIt;
    };
    const terminal = isDenied(streams.terminal, isUnder(subjects.terminalAll));
    const event = isDenied(streams.event, isUnder(subjects.eventAll));
    nats.meddlerOf = () => {
      const [ofTerminal, ofEvent] = [
        falselyDuplicate(streams.terminal, terminal),
        falselyDuplicate(streams.event, event),
      ];
      return (way, bytes) => ofEvent(way, ofTerminal(way, bytes).bytes);
    };
    nats.drop();
    const isEnough = (): boolean => Object.values(denied).every((count) => count >= deniedMin);
    await until('enough messages are denied', deniedMsMax, async () => {
      if (!isEnough()) await load.run({ workflows: 2 });
      return isEnough();
    });
    nats.meddlerOf = () => null;
    nats.drop();
    for (const [stream, count] of Object.entries(denied)) figures.set(`denied of ${stream}`, count);
  },
  expected: everyEventTold,
});

/** @param all such as `event.*` */
const isUnder =
  (all: string) =>
  (subject: string): boolean =>
    subject.startsWith(all.slice(0, -1));
