import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeMachine } from './kit/machine.js';
import { startServers } from './kit/servers.js';
import { readCommand, UsageError, type BenchCommand } from './options.js';
import { reportText, type BenchReport } from './report.js';
import type { Scenario } from './scenario.js';
import { brokering } from './scenarios/brokering.js';
import { chain } from './scenarios/chain.js';
import { e2e } from './scenarios/e2e.js';
import { heartbeats } from './scenarios/heartbeats.js';
import { idle } from './scenarios/idle.js';
import { independent } from './scenarios/independent.js';
import { settle } from './scenarios/settle.js';
import { submit } from './scenarios/submit.js';
import { validate } from './scenarios/validate.js';
import { waiters } from './scenarios/waiters.js';
import { workers } from './scenarios/workers.js';

const scenarios: Record<string, Scenario> = {
  ...{ e2e, settle, submit, validate, chain, independent, waiters, idle },
  ...{ brokering, heartbeats, workers },
};

const usage = `npm run bench -- SCENARIO [--jobs N] [--pairs 5] [--json FILE]
                         [--workers 1] [--cores 4] [--seconds 60] [--only LOAD] [--floor ../shared/floor]

${Object.entries(scenarios)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}
`;

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

async function measure(command: BenchCommand, scenario: Scenario): Promise<BenchReport> {
  const machine = describeMachine();
  const servers = await startServers();
  try {
    const result = await scenario.run(servers, command.options, say);
    return { scenario: command.scenario, machine, options: command.options, result };
  } finally {
    await servers.stop();
  }
}

async function main(args: string[]): Promise<void> {
  const command = readCommand(args);
  const scenario = scenarios[command.scenario];
  if (scenario === undefined) throw new UsageError(`there is no scenario ${command.scenario}`);
  const report = await measure(command, scenario);
  process.stdout.write(`${reportText(report)}\n`);
  if (command.json !== null) {
    mkdirSync(dirname(command.json), { recursive: true });
    writeFileSync(command.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
