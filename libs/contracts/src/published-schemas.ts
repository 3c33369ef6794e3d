import { AttemptView, JobAttempts } from './attempts.js';
import { DocumentHeader, DocumentJob, DocumentRefusal, Template } from './document.js';
import { ErrorGroup, ErrorGroups } from './error-groups.js';
import { EventPage } from './event-page.js';
import { Counts, FailedBy } from './job.js';
import { LeaseAnswer, LeaseJob, LeaseRequest, LeaseTask } from './lease.js';
import { Problem } from './problem.js';
import {
  JobsEnded,
  PublicEvent,
  PublicEventMessage,
  TaskEnded,
  WorkflowEnded,
  WorkflowReopened,
} from './public-event.js';
import { BatchVerdicts, HeartbeatAnswer, HeartbeatRequest, RegisterAnswer, RegisterRequest } from './session.js';
import { SandboxRule, SiteRule, SiteState } from './site.js';
import { ReportAnswer, TerminalBatch, TerminalEvent, TerminalMessage } from './terminal-batch.js';
import {
  CancelAnswer,
  ChunkStored,
  JobPage,
  JobView,
  OrderRequest,
  PauseAnswer,
  RetryAnswer,
  RetryRequest,
  RunObserved,
  SealRequest,
  TaskView,
  UploadOpened,
  UploadView,
  WhyView,
  WorkflowPage,
  WorkflowSummary,
  WorkflowView,
} from './workflow-api.js';

/** The contracts that others may build on: each becomes a JSON Schema in docs/api under its name. */
export const publishedSchemas = {
  AttemptView,
  BatchVerdicts,
  CancelAnswer,
  ChunkStored,
  Counts,
  DocumentHeader,
  DocumentJob,
  DocumentRefusal,
  ErrorGroup,
  ErrorGroups,
  EventPage,
  FailedBy,
  HeartbeatAnswer,
  HeartbeatRequest,
  JobAttempts,
  JobPage,
  JobView,
  JobsEnded,
  LeaseAnswer,
  LeaseJob,
  LeaseRequest,
  LeaseTask,
  OrderRequest,
  PauseAnswer,
  Problem,
  PublicEvent,
  PublicEventMessage,
  RegisterAnswer,
  RegisterRequest,
  ReportAnswer,
  RetryAnswer,
  RetryRequest,
  RunObserved,
  SandboxRule,
  SealRequest,
  SiteRule,
  SiteState,
  TaskEnded,
  TaskView,
  Template,
  TerminalBatch,
  TerminalEvent,
  TerminalMessage,
  UploadOpened,
  UploadView,
  WhyView,
  WorkflowEnded,
  WorkflowPage,
  WorkflowReopened,
  WorkflowSummary,
  WorkflowView,
} as const;
export type PublishedSchema = keyof typeof publishedSchemas;
