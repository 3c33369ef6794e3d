import { Inject, Logger, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import { openFileStore } from '#adapter-files';
import { listen, type NatsConnection, ServiceClient, StreamPublisher } from '#adapter-nats';
import {
  type Database,
  type GuardedReads,
  PostgresAuditLog,
  PostgresDeadLetterStore,
  PostgresDocumentStore,
  PostgresEventStore,
  PostgresFailureStore,
  PostgresFileLedger,
  PostgresKeepStore,
  PostgresKeptAnswerStore,
  PostgresLimitStore,
  PostgresLogLedger,
  PostgresOrderStore,
  PostgresQuotaStore,
  PostgresReadStore,
  PostgresShareAdmin,
  PostgresSiteStore,
  PostgresSpaceStore,
  PostgresTransitionStore,
  PostgresUploadStore,
  PostgresVerifyStore,
  PostgresWaitStore,
} from '#adapter-postgres';
import {
  type LeaseAnswerMessage,
  type LeaseAskMessage,
  type LeaseGoneMessage,
  subjects,
  type VerdictMessage,
} from '#contracts';
import { type FilePorts, type LogPorts, termsAt } from '#engine';
import { CONFIGURATION, HTTP_CONFIGURATION } from '../config/config.module.js';
import type { Configuration, HttpConfiguration } from '../config/configuration.js';
import { DocsController } from '../docs/docs.controller.js';
import { HealthController } from '../health/health.controller.js';
import type { FrontAdapter } from '../http/front-adapter.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { GrantBook } from '../http/grant-book.js';
import { PolicyCheck } from '../http/policy-check.js';
import { IfMatchGuard } from '../http/if-match.guard.js';
import { ReadingInterceptor } from '../http/reading.interceptor.js';
import { RateGuard } from '../http/rate.guard.js';
import { RequestGuard } from '../http/request.guard.js';
import { TokenChain } from '../http/token-chain.js';
import { IdentityModule } from '../identity/identity.module.js';
import { KeptPoolTokens } from '../identity/pool-tokens.js';
import { FREE_DATABASE, FreeDatabaseModule } from '../service/database.module.js';
import { NATS, NatsModule } from '../service/nats.module.js';
import { READS, ReadsModule } from '../service/reads.module.js';
import { ArchiveController } from './archive.controller.js';
import { AttemptLogController } from './attempt-log.controller.js';
import { AuditController } from './audit.controller.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { DeadLetterController } from './dead-letter.controller.js';
import { DocumentController } from './document.controller.js';
import { ErrorController } from './error.controller.js';
import { EventController } from './event.controller.js';
import { FileController } from './file.controller.js';
import { FileKeeping } from './file-keeping.js';
import { JobController } from './job.controller.js';
import { JobCheckers } from './job-checkers.js';
import { GrantsFileAtStart } from './grants-file.js';
import { LimitController } from './limit.controller.js';
import { LimitDesk } from './limit-desk.js';
import { OrderDesk } from './order-desk.js';
import { OrderController } from './order.controller.js';
import { QuotaController } from './quota.controller.js';
import { ShareController } from './share.controller.js';
import {
  AUDIT_LOG,
  DEAD_LETTERS,
  DOCUMENT_STORE,
  EVENT_STORE,
  FAILURE_STORE,
  FILE_PORTS,
  KEEP_STORE,
  KEPT_ANSWERS,
  LIMIT_STORE,
  LOG_PORTS,
  ORDER_STORE,
  QUOTA_STORE,
  READ_STORE,
  SHARE_ADMIN,
  SITE_STORE,
  SPACE_STORE,
  TERMINAL_PUBLISHER,
  TRANSITION_STORE,
  UPLOAD_STORE,
  VERIFY_STORE,
  WAIT_STORE,
} from './stores.js';
import { NeededFileCheck } from './needed-files.js';
import { KeptAnswers } from './once-by-key.js';
import { QueryDesk } from './query-desk.js';
import { SiteController } from './site.controller.js';
import { SiteDesk } from './site-desk.js';
import { SpaceController } from './space.controller.js';
import { SubmitController } from './submit.controller.js';
import { UploadDesk } from './upload-desk.js';
import { UploadDoor } from './upload-door.js';
import { UploadController } from './upload.controller.js';
import { VerifyController } from './verify.controller.js';
import { WorkerController } from './worker.controller.js';
import { GATEWAY_ID, newGatewayId } from './worker/gateway-id.js';
import { type AskBroker, Heartbeats } from './worker/heartbeats.js';
import { LeasePolls } from './worker/lease-polls.js';
import { Reports } from './worker/reports.js';
import { SessionTokens, sessionTokenMs } from './worker/session-tokens.js';
import { TerminalGatherer } from './worker/terminal-gatherer.js';
import { VerdictWaits } from './worker/verdict-waits.js';
import { WorkerDoor } from './worker/worker-door.js';
import { WorkflowController } from './workflow.controller.js';
import { WorkflowFinder } from './workflow-finder.js';

/** Longest wait for a broker's answer to a register, a heartbeat or an end. */
const brokerMs = 5_000;
const ASK_BROKER = Symbol('AskBroker');

const stores = [
  { provide: AUDIT_LOG, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresAuditLog(free) },
  { provide: READ_STORE, inject: [READS], useFactory: (reads: GuardedReads) => new PostgresReadStore(reads) },
  { provide: FAILURE_STORE, inject: [READS], useFactory: (reads: GuardedReads) => new PostgresFailureStore(reads) },
  {
    provide: EVENT_STORE,
    inject: [FREE_DATABASE, READS],
    useFactory: (free: Database, reads: GuardedReads) => new PostgresEventStore(free, reads),
  },
  {
    provide: KEEP_STORE,
    inject: [FREE_DATABASE, READS],
    useFactory: (free: Database, reads: GuardedReads) => new PostgresKeepStore(free, reads),
  },
  {
    provide: KEPT_ANSWERS,
    inject: [FREE_DATABASE],
    useFactory: (free: Database) => new PostgresKeptAnswerStore(free),
  },
  { provide: SITE_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresSiteStore(free) },
  { provide: SPACE_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresSpaceStore(free) },
  { provide: LIMIT_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresLimitStore(free) },
  { provide: ORDER_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresOrderStore(free) },
  {
    provide: TRANSITION_STORE,
    inject: [FREE_DATABASE],
    useFactory: (free: Database) => new PostgresTransitionStore(free),
  },
  { provide: QUOTA_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresQuotaStore(free) },
  { provide: SHARE_ADMIN, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresShareAdmin(free) },
  {
    provide: WAIT_STORE,
    inject: [FREE_DATABASE, READS],
    useFactory: (free: Database, reads: GuardedReads) => new PostgresWaitStore(free, reads),
  },
  { provide: UPLOAD_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresUploadStore(free) },
  { provide: DEAD_LETTERS, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresDeadLetterStore(free) },
  { provide: VERIFY_STORE, inject: [FREE_DATABASE], useFactory: (free: Database) => new PostgresVerifyStore(free) },
  { provide: DOCUMENT_STORE, inject: [READS], useFactory: (reads: GuardedReads) => new PostgresDocumentStore(reads) },
  {
    provide: FILE_PORTS,
    inject: [FREE_DATABASE, HTTP_CONFIGURATION],
    useFactory: async (free: Database, { files }: HttpConfiguration): Promise<FilePorts | null> => {
      if (files === null) return null;
      return { files: await openFileStore(files.place, files.keys), ledger: new PostgresFileLedger(free, files) };
    },
  },
  {
    provide: LOG_PORTS,
    inject: [FREE_DATABASE, HTTP_CONFIGURATION, FILE_PORTS],
    useFactory: (free: Database, { files }: HttpConfiguration, kept: FilePorts | null): LogPorts | null =>
      files && kept && { files: kept.files, logs: new PostgresLogLedger(free, files) },
  },
];

const workerRooms = [
  { provide: GATEWAY_ID, useFactory: newGatewayId },
  VerdictWaits,
  {
    provide: LeasePolls,
    inject: [GATEWAY_ID, ServiceClient],
    useFactory: (gateway: string, services: ServiceClient) =>
      new LeasePolls(gateway, ({ asks, gone }) => {
        // Who left and came again with the same request waits: in this order.
        if (gone.length > 0) services.hint(subjects.leaseGone, { gateway, gone } satisfies LeaseGoneMessage);
        if (asks.length > 0) services.hint(subjects.leaseAsk, { gateway, asks } satisfies LeaseAskMessage);
      }),
  },
  { provide: TERMINAL_PUBLISHER, inject: [NATS], useFactory: (nats: NatsConnection) => new StreamPublisher(nats) },
  {
    provide: TerminalGatherer,
    inject: [GATEWAY_ID, TERMINAL_PUBLISHER],
    useFactory: (gateway: string, publisher: StreamPublisher) =>
      new TerminalGatherer(gateway, (subject, body, id) => publisher.publish(subject, body, id)),
  },
  {
    provide: ASK_BROKER,
    inject: [ServiceClient],
    useFactory: (services: ServiceClient): AskBroker => {
      return (subject, body) => services.request(subject, body, brokerMs);
    },
  },
  { provide: Heartbeats, inject: [ASK_BROKER], useFactory: (askBroker: AskBroker) => new Heartbeats(askBroker) },
  {
    provide: WorkerDoor,
    inject: [
      ...[CONFIGURATION, HTTP_CONFIGURATION, KeptPoolTokens, ASK_BROKER, Heartbeats, LeasePolls],
      ...[TerminalGatherer, VerdictWaits, FILE_PORTS, LOG_PORTS],
    ],
    useFactory: (
      configuration: Configuration,
      http: HttpConfiguration,
      pools: KeptPoolTokens,
      askBroker: AskBroker,
      heartbeats: Heartbeats,
      polls: LeasePolls,
      gatherer: TerminalGatherer,
      verdicts: VerdictWaits,
      files: FilePorts | null,
      logs: LogPorts | null,
    ) => {
      return new WorkerDoor({
        stackToken: http.token,
        pools,
        terms: termsAt(configuration.clockScale),
        tokens: new SessionTokens(http.token, sessionTokenMs / configuration.clockScale),
        askBroker,
        heartbeats,
        polls,
        reports: new Reports(gatherer, verdicts),
        files,
        logs,
      });
    },
  },
];

/** The HTTP front door: the users' API through Nest, the workers' through the door in front of it. */
@Module({
  imports: [FreeDatabaseModule, ReadsModule, NatsModule, IdentityModule],
  controllers: [
    HealthController,
    DocsController,
    SubmitController,
    UploadController,
    WorkflowController,
    OrderController,
    ArchiveController,
    AttemptLogController,
    AuditController,
    DeadLetterController,
    DocumentController,
    JobController,
    ErrorController,
    EventController,
    FileController,
    LimitController,
    QuotaController,
    ShareController,
    SiteController,
    SpaceController,
    VerifyController,
    WorkerController,
  ],
  providers: [
    ...stores,
    ...workerRooms,
    FileKeeping,
    TokenChain,
    GrantBook,
    GrantsFileAtStart,
    PolicyCheck,
    UploadDesk,
    UploadDoor,
    JobCheckers,
    NeededFileCheck,
    KeptAnswers,
    LimitDesk,
    OrderDesk,
    QueryDesk,
    SiteDesk,
    WorkflowFinder,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: RequestGuard },
    { provide: APP_INTERCEPTOR, useClass: ReadingInterceptor },
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
    { provide: APP_GUARD, useClass: RateGuard },
    { provide: APP_GUARD, useClass: IfMatchGuard },
  ],
})
export class GatewayModule implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('gateway');
  private stopListening: (() => void)[] = [];

  constructor(
    private readonly host: HttpAdapterHost<FrontAdapter>,
    private readonly door: WorkerDoor,
    private readonly polls: LeasePolls,
    private readonly heartbeats: Heartbeats,
    private readonly verdicts: VerdictWaits,
    @Inject(GATEWAY_ID) private readonly gateway: string,
    @Inject(NATS) private readonly nats: NatsConnection,
  ) {}

  onModuleInit(): void {
    this.host.httpAdapter.claim('/worker/v1/', (request, response) => this.door.handle(request, response));
    this.heartbeats.start();
    const onFault = (fault: Error): void => this.logger.error('a message to this gateway was lost', fault);
    this.stopListening = [
      listen<LeaseAnswerMessage>(this.nats, subjects.leaseAnswer(this.gateway), {
        onMessage: (message) => this.polls.answer(message),
        onFault,
      }),
      listen<VerdictMessage>(this.nats, subjects.verdict(this.gateway), {
        onMessage: (message) => this.verdicts.arrive(message),
        onFault,
      }),
    ];
  }

  /** Waiting workers get an empty answer and ask elsewhere; reports that are in the stream are answered as they come. */
  beforeApplicationShutdown(): void {
    this.polls.drain();
    this.heartbeats.stop();
    for (const stop of this.stopListening) stop();
  }
}
