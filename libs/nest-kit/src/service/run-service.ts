import 'reflect-metadata';
import { type INestApplication, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { NatsUnsuitable, ServiceTransport } from '#adapter-nats';
import { ConfigModule } from '../config/config.module.js';
import {
  BadConfiguration,
  type Configuration,
  type HttpConfiguration,
  readConfiguration,
  readHttpConfiguration,
} from '../config/configuration.js';
import { FrontAdapter } from '../http/front-adapter.js';
import { JsonLog } from '../log/json-log.js';
import { NatsModule } from './nats.module.js';

/**
 * Longest time a service takes to drain; then it ends as it is, and the others repair what it left. A stack is gone within
 * 5 s of its supervisor, however that ended.
 */
const drainMs = { told: 10_000, orphaned: 4_000 } as const;
/** Exit codes: 1 crashed, 2 the operator must mend the environment. */
const exit = { drained: 0, crashed: 1, badConfiguration: 2 } as const;

const supervisorGone = 'the supervisor is gone';

export interface ServiceOptions {
  /** Shown in logs, in pg_stat_activity and to NATS. */
  name: string;
  /** It has an HTTP front door: reads SLUICE_HTTP_* and listens. */
  http?: boolean;
  /** Strategies beside request and reply over NATS: providers of `module`, such as the JetStream batch transport. */
  strategies?: readonly Type<CustomTransportStrategy>[];
}

/**
 * Runs one process: `main.ts` of every service. Returns when it serves; the process ends by SIGTERM, SIGINT, a closed IPC
 * channel (with SLUICE_SUPERVISED=1) or a crash, each with one clear line on stderr.
 */
export async function runService(module: Type, options: ServiceOptions): Promise<void> {
  const log = new JsonLog(options.name);
  crashLoudly(log);
  try {
    const configuration = readConfiguration(options.name, process.env);
    const http = options.http ? readHttpConfiguration(options.name, process.env) : null;
    const stopWatching = configuration.supervised ? endIfOrphaned(log) : () => undefined;
    const app = await start(module, options, log, configuration, http);
    stopWatching();
    endOn(app, log, configuration);
    log.log('ready', { url: http ? await app.getUrl() : undefined });
    // A channel that has closed by now is no fault of ours: `disconnect` ends us in order.
    if (configuration.supervised) process.send?.({ ready: true }, undefined, undefined, () => undefined);
  } catch (cause) {
    if (cause instanceof BadConfiguration || cause instanceof NatsUnsuitable) {
      log.fatal(cause.message);
      process.exit(exit.badConfiguration);
    }
    log.fatal(`${options.name} did not start`, cause);
    process.exit(exit.crashed);
  }
}

async function start(
  module: Type,
  options: ServiceOptions,
  log: JsonLog,
  configuration: Configuration,
  http: HttpConfiguration | null,
): Promise<INestApplication> {
  @Module({ imports: [ConfigModule.with(configuration, http), NatsModule, module] })
  class ServiceRoot {}

  const app = await NestFactory.create(ServiceRoot, new FrontAdapter(), {
    logger: log,
    abortOnError: false,
    bodyParser: false,
  });
  for (const strategy of [ServiceTransport, ...(options.strategies ?? [])]) {
    app.connectMicroservice<MicroserviceOptions>(
      { strategy: app.get(strategy, { strict: false }) },
      { inheritAppConfig: false }, // guards and filters of HTTP have no business with messages
    );
  }
  await app.init();
  await app.startAllMicroservices();
  if (http) await app.listen(http.port, http.host);
  return app;
}

function crashLoudly(log: JsonLog): void {
  const crash = (what: string) => (cause: unknown) => {
    log.fatal(what, cause instanceof Error ? cause : new Error(String(cause)));
    process.exit(exit.crashed);
  };
  process.once('unhandledRejection', crash('a promise was rejected and nobody handled it: this is a bug'));
  process.once('uncaughtException', crash('an error was thrown and nobody caught it: this is a bug'));
}

/** Until it is ready there is nothing to drain: without its supervisor it ends at once. @returns what ends the watch */
function endIfOrphaned(log: JsonLog): () => void {
  const end = (): void => {
    log.log('ends before it is ready', { why: supervisorGone });
    process.exit(exit.drained);
  };
  if (process.connected === false) end(); // it went while our code was loaded
  process.on('disconnect', end);
  return () => process.off('disconnect', end);
}

function endOn(app: INestApplication, log: JsonLog, configuration: Configuration): void {
  let ending = false;
  const end = async (why: string, drainMsMax: number): Promise<void> => {
    log.log('draining', { why });
    setTimeout(() => {
      log.error(`not drained within ${drainMsMax / 1_000} s, ending as it is`);
      process.exit(exit.crashed);
    }, drainMsMax).unref();
    if (ending) return; // the shorter limit holds
    ending = true;
    await app.close();
    log.log('drained');
    process.exit(exit.drained);
  };
  process.on('SIGTERM', () => void end('SIGTERM', drainMs.told));
  process.on('SIGINT', () => void end('SIGINT', drainMs.told));
  if (configuration.supervised) process.on('disconnect', () => void end(supervisorGone, drainMs.orphaned));
}
