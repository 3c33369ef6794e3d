import { connectNats, ensureStreams, NatsUnsuitable } from '#adapter-nats';
import { Database, installVerifyMode, migrate } from '#adapter-postgres';
import { ServiceEnvironment } from '#contracts';

/** Exit code: the operator must mend the environment. */
const badConfiguration = 2;

/** Brings the schema and the streams up to date, then exits. Any number may run at once. */
const environment = ServiceEnvironment.parse(process.env);
const database = await Database.connect({
  url: environment.DATABASE_URL,
  name: 'migrate',
  connectionsMax: 2,
  planning: 'free',
});
try {
  const { ran, created, guarded } = await migrate(database);
  if (environment.SLUICE_VERIFY === '1') await installVerifyMode(database);
  log(created ? 'schema was created' : 'schema is up to date', { ran });
  if (!guarded) {
    const remedy =
      'let one who may do so `create role sluice_reader nologin` and grant it to this user, then run this again';
    log('there is no role sluice_reader: row-level security does not guard reads', { remedy }, 'warn');
  }
  // The supervisor tells it to whoever waits for the stack.
  process.send?.({ schema: created ? 'created' : ran.length > 0 ? 'brought up to date' : 'up to date' });
} finally {
  await database.close();
}
try {
  await prepareStreams();
} catch (cause) {
  if (!(cause instanceof NatsUnsuitable)) throw cause;
  log(cause.message, {}, 'fatal');
  process.exitCode = badConfiguration;
}

async function prepareStreams(): Promise<void> {
  const nats = await connectNats({ natsUrl: environment.NATS_URL, name: 'migrate' });
  try {
    await ensureStreams(nats, { replicas: 1, eventMib: environment.SLUICE_EVENT_STREAM_MIB });
    log('streams are up to date', {});
  } finally {
    await nats.close();
  }
}

function log(message: string, fields: object, level = 'info'): void {
  process.stderr.write(
    `${JSON.stringify({ at: new Date().toISOString(), level, service: 'migrate', message, ...fields })}\n`,
  );
}
