import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import type { ConsumerUpdateConfig, JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { partitionCount, settleConsumer, streams, subjects } from '#contracts';
import { ackWaitMs } from './pull-loop.js';

/** Oldest nats-server that is safe: older ones lose streams after kill -9, or have no `sync_interval`. */
export const oldestServer = '2.10.27';

/** Nothing of ours is older than this in a stream: PostgreSQL serves what is. */
const eventAgeMaxMs = 24 * 3_600_000;
const bytesPerMib = 1024 ** 2;
const nanosPerMs = 1_000_000;
/** Of nats-server: what a stream may grow to is more than is left of its storage. */
const noRoomCode = 10_047;
const notFoundCodes = new Set<number>([JetStreamApiCodes.ConsumerNotFound, JetStreamApiCodes.StreamNotFound]);

/** NATS can't be used as it is; `remedy` says what to do. */
export class NatsUnsuitable extends Error {
  override readonly name = 'NatsUnsuitable';
}

/** There is no connection at the moment: it is made anew, try again. */
export class NatsAway extends Error {
  override readonly name = 'NatsAway';
  readonly retry = true;
  constructor() {
    super('no connection to NATS at the moment');
  }
}

/**
 * @throws NatsUnsuitable when the server is too old or has no JetStream; NatsAway when nobody knows, as the connection is
 * being made anew.
 */
export function checkServer(connection: Pick<NatsConnection, 'info'>): void {
  if (!connection.info) throw new NatsAway();
  const { version = '0', jetstream } = connection.info;
  if (compareVersions(version, oldestServer) < 0) {
    throw new NatsUnsuitable(`nats-server ${version} is too old: Sluice needs ${oldestServer} or newer. Upgrade it.`);
  }
  if (!jetstream) {
    throw new NatsUnsuitable('nats-server runs without JetStream: start it with -js, or `jetstream {}` in its config.');
  }
}

export interface StreamOptions {
  replicas: number;
  /** What stream EVENT may grow to; the oldest of it goes first. nats-server sets so much aside. */
  eventMib: number;
}

/**
 * Makes the streams and consumers, or changes them to what they should be. Safe to repeat, and from many processes.
 * A wiped NATS repairs itself by this: all that was in flight is sent again by workers and by the outbox.
 * @throws NatsUnsuitable when the server can't be used, or has no room for stream EVENT: everything else is made then
 */
export async function ensureStreams(connection: NatsConnection, { replicas, eventMib }: StreamOptions): Promise<void> {
  checkServer(connection);
  const manager = await jetstreamManager(connection);
  const shared = { storage: StorageType.File, num_replicas: replicas };
  await ensureStream(manager, {
    ...shared,
    name: streams.terminal,
    subjects: [subjects.terminalAll],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
  });
  for (let partition = 0; partition < partitionCount; partition += 1) {
    await ensureConsumer(manager, settleConsumer(partition), {
      filter_subject: subjects.terminal(partition),
      ack_wait: ackWaitMs * nanosPerMs,
      max_ack_pending: 256,
      max_deliver: -1,
    });
  }
  await ensureStream(manager, {
    ...shared,
    name: streams.event,
    subjects: [subjects.eventAll],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: eventAgeMaxMs * nanosPerMs,
    max_bytes: eventMib * bytesPerMib,
  }).catch((fault: unknown) => {
    throw isNoRoom(fault) ? noRoomFor(eventMib, fault) : fault;
  });
}

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const { name, ...changeable } = config;
  if (await isThere(manager.streams.info(name))) await manager.streams.update(name, changeable);
  else await manager.streams.add({ ...config, subjects: config.subjects ?? [] });
}

const isNoRoom = (fault: unknown): fault is JetStreamApiError =>
  fault instanceof JetStreamApiError && fault.code === noRoomCode;

const noRoomFor = (eventMib: number, cause: JetStreamApiError): NatsUnsuitable =>
  new NatsUnsuitable(
    `NATS has no room for stream ${streams.event}, which may grow to ${eventMib} MiB (${cause.message}). Its streams may ` +
      'take max_file_store, or else three quarters of what is free on the disk of its store_dir when it starts: raise the ' +
      'one, make room on the other and start NATS again, or set SLUICE_EVENT_STREAM_MIB to less for migrate and every transformer.',
    { cause },
  );

/** Servers of different versions fill in different defaults, so a consumer that is there is changed, not made again. */
async function ensureConsumer(manager: JetStreamManager, durable: string, config: ConsumerUpdateConfig): Promise<void> {
  if (await isThere(manager.consumers.info(streams.terminal, durable)))
    await manager.consumers.update(streams.terminal, durable, config);
  else {
    await manager.consumers.add(streams.terminal, {
      ...config,
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
    });
  }
}

/** Only the server's own word counts: one that does not answer in time may well have it. */
async function isThere(info: Promise<unknown>): Promise<boolean> {
  try {
    await info;
    return true;
  } catch (fault) {
    if (fault instanceof JetStreamApiError && notFoundCodes.has(fault.code)) return false;
    throw fault;
  }
}

/** @returns below 0 when `a` is older than `b`. Only the three numbers count. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] => version.split(/[.-]/, 3).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
