import type { FolderView, StackPlan } from '#local-stack';
import { connectToRunning, remoteServer, stackFault } from '../connect.js';
import { surveyDocument, type DocumentSurvey } from '../document-survey.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printingRefusal } from '../refused-document.js';
import { csvRecord } from '../render/csv.js';
import { planLines } from '../render/plan.js';
import type { DocumentSource } from '../sources/document-source.js';
import { stackSettings, type StackOptions } from '../stack-settings.js';
import { workFolders } from '../work-folders.js';

/** What a verb would do. */
export interface DryRun {
  /** Null: it submits nothing. */
  source: DocumentSource | null;
  /** The stack that it would start if none is up; null: it starts none. */
  start: StackOptions | null;
}

/** Where a document would go. */
export type ServerPlan = { kind: 'elsewhere'; url: string } | ({ kind: 'here'; folders: FolderView[] } & StackPlan);

export interface Plan {
  document: DocumentSurvey | null;
  server: ServerPlan;
}

/**
 * Says what a verb would submit, start and find; starts, sends and writes nothing.
 * @throws CliFault where the verb itself would end with one: a refused document, no server.
 */
export const dryRun = (call: Call, wish: DryRun): Promise<ExitCode> => printingRefusal(call, () => planned(call, wish));

async function planned(call: Call, { source, start }: DryRun): Promise<ExitCode> {
  const document = source === null ? null : await surveyDocument(source);
  const server = await serverPlan(call, { source, start });
  await print(call, { document, server });
  await call.terminal.out.flush();
  return exitCodes.ok;
}

async function serverPlan(call: Call, { source, start }: DryRun): Promise<ServerPlan> {
  const remote = remoteServer(call.globals);
  if (remote !== null || start === null) {
    const url = await answeringUrl(call);
    if (remote !== null) return { kind: 'elsewhere', url };
  }
  const { planStack, stateDirOf, viewOfFolder } = await import('#local-stack');
  const stateDir = stateDirOf(call.globals.stateDir);
  const settings = start === null ? {} : stackSettings(start);
  const folders = source === null ? [] : workFolders(source).map((folder) => viewOfFolder(stateDir, folder));
  return { kind: 'here', folders, ...(await planStack({ stateDir, settings }).catch(stackFault)) };
}

/** Asks for a little: a server that is away, or a token that it does not take, is found now. */
async function answeringUrl(call: Call): Promise<string> {
  const connection = await connectToRunning(call);
  try {
    for await (const workflow of connection.client.workflows()) if (workflow) break;
    return connection.client.url;
  } finally {
    await connection.release();
  }
}

async function print({ globals, terminal: { out } }: Call, plan: Plan): Promise<void> {
  const { document } = plan;
  switch (globals.output) {
    case 'json':
      return out.line(JSON.stringify(plan, null, 2));
    case 'ndjson':
      return out.line(JSON.stringify(plan));
    case 'id':
      return out.lines(document === null ? [] : [document.name]);
    case 'csv':
      await out.line(csvRecord(['label', 'jobs', 'template', 'runs']));
      return out.lines(
        (document?.labels ?? []).map(({ label, jobs, template, runs }) => csvRecord([label, jobs, template, runs])),
      );
    case 'table':
      return out.lines(planLines(plan));
  }
}
