import { connect } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { csvRecord } from '../render/csv.js';
import { stackSettings, type StackOptions } from '../stack-settings.js';

/** Starts the stack of this machine, to stay until `down`. One that runs already stays as it is. */
export async function up(call: Call, options: StackOptions): Promise<ExitCode> {
  const { readStack, stateDirOf } = await import('#local-stack');
  const stateDir = stateDirOf(call.globals.stateDir);
  const connection = await connect(
    { ...call, globals: { ...call.globals, stateDir } },
    {
      mode: 'up',
      quiet: false,
      settings: stackSettings(options),
    },
  );
  try {
    const tokenFile = readStack(stateDir)?.tokenFile ?? '';
    const started = connection.stack?.started === true;
    await print(call, { url: connection.client.url, tokenFile, stateDir, started });
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

interface UpView {
  url: string;
  tokenFile: string;
  stateDir: string;
  /** False: it was up already. */
  started: boolean;
}

async function print({ globals, terminal: { out } }: Call, view: UpView): Promise<void> {
  if (globals.output === 'json') return out.line(JSON.stringify(view, null, 2));
  if (globals.output === 'ndjson') return out.line(JSON.stringify(view));
  if (globals.output === 'id') return out.line(view.url);
  if (globals.output === 'csv') {
    return out.lines([
      csvRecord(Object.keys(view)),
      csvRecord([view.url, view.tokenFile, view.stateDir, view.started]),
    ]);
  }
  await out.lines([
    `${view.started ? 'up' : 'already up'}   ${view.url}   token in ${view.tokenFile}`,
    'Try:  sluice run examples/hello.yaml',
    'End:  sluice down',
  ]);
}
