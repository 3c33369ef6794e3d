import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceClient } from '#client';
import { publicEventTypes, type PublicEvent, type PublicEventType } from '#contracts';
import { connectToRead } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { eventHead, eventRow, shortType, whatOf } from '../render/event-row.js';
import { Interrupts } from '../terminal/interrupts.js';

export interface EventsOptions {
  from?: string;
  type?: string[];
  follow?: true;
  limit?: number;
}

const tableRowsMax = 20;
const pageMax = 200;
/** Between two looks when there was nothing new. */
const lookMs = 500;

/** Prints the event log. With --follow it goes on until it is interrupted, which is how it ends well. */
export async function events(call: Call, selector: string | undefined, options: EventsOptions): Promise<ExitCode> {
  const types = options.type?.map(typeNamed);
  const connection = await connectToRead(call);
  const interrupts = new Interrupts();
  const stop = new AbortController();
  if (options.follow) {
    interrupts.listen();
    void interrupts.next().then(() => stop.abort());
    void connection.stack?.lost.then(() => stop.abort());
  }
  try {
    const workflow = await workflowOf(connection.client, selector);
    const reader = new EventReader(call, connection.client, { ...options, workflow, types }, stop.signal);
    await print(call, reader, options);
    await call.terminal.out.flush();
    reader.tellPlace();
  } finally {
    interrupts.close();
    await connection.release();
  }
  return stop.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
}

/** `last` is looked up once: what is followed stays the same when another workflow comes. */
const workflowOf = async (client: SluiceClient, selector: string | undefined): Promise<string | undefined> =>
  selector === undefined ? undefined : (await client.workflow(selector)).workflow.id;

function typeNamed(text: string): PublicEventType {
  const type = publicEventTypes.find((each) => each === text || shortType(each) === text);
  if (type) return type;
  const known = publicEventTypes.map(shortType).join(', ');
  throw new CliFault(exitCodes.usage, [`no event type "${text}"`, `there are ${known}`]);
}

type Asked = Omit<EventsOptions, 'type'> & { workflow: string | undefined; types: PublicEventType[] | undefined };

/** Reads pages one behind the other, and remembers where the last one ended. */
class EventReader {
  private place: string | undefined;
  private more = false;

  constructor(
    private readonly call: Call,
    private readonly client: SluiceClient,
    private readonly asked: Asked,
    private readonly signal: AbortSignal,
  ) {
    this.place = asked.from;
  }

  async *events(max: number): AsyncGenerator<PublicEvent> {
    const { workflow, types, follow } = this.asked;
    for (let left = max; left > 0 && !this.signal.aborted;) {
      const limit = Math.min(left, pageMax);
      const page = await this.client.eventPage({ workflow, from: this.place, types, limit });
      yield* page.events;
      this.place = page.next;
      this.more = page.more;
      left -= page.events.length;
      if (page.more) continue;
      if (!follow) return;
      await this.call.terminal.out.flush();
      await sleep(lookMs, undefined, { signal: this.signal }).catch(() => undefined);
    }
  }

  /** Whoever asks again with this cursor gets what comes after, and nothing twice. */
  tellPlace(): void {
    if (this.place === undefined) return;
    this.call.terminal.note(`${this.more ? 'there is more' : 'to go on from here'}: --from ${this.place}`);
  }
}

async function print(call: Call, reader: EventReader, { follow, limit }: EventsOptions): Promise<void> {
  const { output } = call.globals;
  if (output !== 'table')
    return printList(call, { format: output, ...shape }, reader.events(limit ?? Infinity), Infinity);
  let rows = 0;
  for await (const event of reader.events(limit ?? (follow ? Infinity : tableRowsMax))) {
    if (rows === 0) await call.terminal.out.line(eventHead);
    await call.terminal.out.line(eventRow(event));
    rows += 1;
  }
}

const shape = {
  head: ['id', 'time', 'workflow', 'runNo', 'type', 'what'],
  idOf: ({ id }: PublicEvent) => id,
  cellsOf: ({ id, time, subject, runno, type, data }: PublicEvent) => [id, time, subject, runno, type, whatOf(data)],
};
