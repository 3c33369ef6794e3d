import { SluiceClient } from '#client';
import type { WorkflowState } from '#contracts';
import { missingStateDir, readToken, stackFault } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { csvRecord } from '../render/csv.js';
import { counted } from '../render/numbers.js';
import { table } from '../render/table.js';

export interface DownOptions {
  dryRun: boolean;
}

/** Stops the stack of this machine. Workflows that have not ended go on with the next one. */
export async function down(call: Call, { dryRun }: DownOptions): Promise<ExitCode> {
  const { readStack, stateDirOf, stopStack } = await import('#local-stack');
  const stateDir = stateDirOf(call.globals.stateDir);
  const { note } = call.terminal;
  for (const line of missingStateDir(call.globals, stateDir) ?? []) note(line);
  if (dryRun) {
    const stack = readStack(stateDir);
    if (stack === null) note('no stack runs here');
    else await print(call, { stateDir, processes: processesOf(stack), workflows: await openWorkflows(stack) });
    return exitCodes.ok;
  }
  const stopped = await stopStack(stateDir).catch(stackFault);
  note(stopped ? 'down: workflows that have not ended go on with the next start' : 'no stack ran here');
  return exitCodes.ok;
}

type Stack = NonNullable<ReturnType<typeof import('#local-stack').readStack>>;

/** What `down` would stop. */
interface DownView {
  stateDir: string;
  processes: { name: string; pid: number }[];
  /** Those that have not ended, with their jobs that run. */
  workflows: { id: string; name: string; state: WorkflowState; running: number }[];
}

const processesOf = ({ pid, processes }: Stack): DownView['processes'] => [{ name: 'supervisor', pid }, ...processes];

const openStates = ['running', 'paused'] as const;

/** A stack that is not ready yet runs none. */
async function openWorkflows({ ready, url, tokenFile }: Stack): Promise<DownView['workflows']> {
  if (!ready) return [];
  const client = new SluiceClient({ url, token: readToken(tokenFile) });
  const open: DownView['workflows'] = [];
  try {
    for (const state of openStates) {
      for await (const { id, name, counts } of client.workflows({ state })) {
        open.push({ id, name, state, running: counts.leased });
      }
    }
  } finally {
    await client.close();
  }
  return open;
}

const workflowsShownMax = 8;

async function print({ globals, terminal: { out } }: Call, view: DownView): Promise<void> {
  const { processes, workflows } = view;
  if (globals.output === 'json') await out.line(JSON.stringify(view, null, 2));
  else if (globals.output === 'ndjson') await out.line(JSON.stringify(view));
  else if (globals.output === 'id') await out.lines(processes.map(({ pid }) => String(pid)));
  else if (globals.output === 'csv') {
    await out.lines([csvRecord(['name', 'pid']), ...processes.map(({ name, pid }) => csvRecord([name, pid]))]);
  } else {
    await out.lines([
      `would stop ${processes.length} ${processes.length === 1 ? 'process' : 'processes'}: ${namesOf(processes)}`,
      openText(workflows),
      ...workflowLines(workflows),
      'Nothing was stopped. Run it again without --dry-run.',
    ]);
  }
  await out.flush();
}

function openText(workflows: DownView['workflows']): string {
  const running = workflows.reduce((sum, workflow) => sum + workflow.running, 0);
  const jobs =
    running === 0 ? 'no job runs' : `${counted(running, 'running job')} would stop and start again with the next`;
  return `${jobs}; ${counted(workflows.length, 'workflow')} not ended${workflows.length === 0 ? '' : ', kept for the next stack'}`;
}

function namesOf(processes: DownView['processes']): string {
  const counts = new Map<string, number>();
  for (const { name } of processes) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count})`)).join(', ');
}

function workflowLines(workflows: DownView['workflows']): string[] {
  if (workflows.length === 0) return [];
  const shown = workflows.slice(0, workflowsShownMax);
  const rows = shown.map(({ id, name, state, running }) => [id, name, state, String(running)]);
  const more = workflows.length - shown.length;
  const head = [
    { title: 'workflow', align: 'left' as const },
    { title: 'name', align: 'left' as const, widthMax: 30 },
    { title: 'state', align: 'left' as const },
    { title: 'running', align: 'right' as const },
  ];
  return ['', ...table(head, rows), ...(more > 0 ? [`... and ${more} more`] : [])];
}
