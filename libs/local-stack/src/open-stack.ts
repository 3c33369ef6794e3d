import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hold } from './hold.js';
import { LogFile } from './log-file.js';
import { keepSecret } from './private-file.js';
import { isRunning } from './process-identity.js';
import { programOf } from './programs.js';
import { completeSettings } from './settings.js';
import {
  StackFault,
  supervisorExit,
  type OpenStack,
  type OpenStackOptions,
  type StackRecord,
} from './stack-contract.js';
import { readStack } from './stack-record.js';
import { openStateFolder } from './state-folder.js';

/** Draining takes a service 10 s at most, and PostgreSQL's last checkpoint 20 s. */
const goneMsMax = 45_000;
/** Each time round another launcher was quicker, or the stack that we found was on its way out. */
const attemptsMax = 10;
/** From its start to the moment that the supervisor listens. */
const listenMsMax = 20_000;

/**
 * Attaches to the stack of a state folder, or starts one in the background and waits until it is ready.
 * @throws StackFault with the reason in one paragraph; then nothing is left running.
 * @throws the signal's reason when it is aborted; a stack that nobody else holds then stops.
 */
export async function openStack(options: OpenStackOptions): Promise<OpenStack> {
  const stateDir = openStateFolder(options.stateDir);
  const token = keepSecret(join(stateDir, 'token'));
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    options.signal?.throwIfAborted();
    const launched = readStack(stateDir) === null ? launch(stateDir, options) : null;
    const record = await listening(stateDir, launched);
    const hold = record && (await Hold.connect({ port: record.controlPort, token, onProgress: options.onProgress }));
    const url = hold && (await ready(hold, record, options.signal));
    if (record && hold && url) {
      const settings = completeSettings(options.settings);
      if (settings.workers > 0) await hold.ask({ ask: 'workers', settings });
      if (options.mode === 'up') await hold.ask({ ask: 'keep' });
      return new HeldStack(hold, { record, url, token, started: record.pid === launched?.pid });
    }
    options.signal?.throwIfAborted();
    if (record) await untilGone(record);
  }
  throw new StackFault(
    `the stack of ${stateDir} starts and stops again and again. Its log is ${supervisorLog(stateDir).path}.`,
  );
}

/** Stops the stack of a state folder. @returns false when none was running. @throws StackFault if it does not end. */
export async function stopStack(stateDir: string): Promise<boolean> {
  const record = readStack(stateDir);
  if (record === null) return false;
  const hold = await Hold.connect({ port: record.controlPort, token: keepSecret(record.tokenFile) });
  if (hold === null) process.kill(record.pid, 'SIGTERM');
  await hold?.ask({ ask: 'stop' });
  await untilGone(record);
  hold?.close();
  return true;
}

class HeldStack implements OpenStack {
  readonly url: string;
  readonly token: string;
  readonly started: boolean;
  readonly lost: Promise<void>;
  private readonly record: StackRecord;
  private released = false;

  constructor(
    private readonly hold: Hold,
    stack: { record: StackRecord; url: string; token: string; started: boolean },
  ) {
    this.url = stack.url;
    this.token = stack.token;
    this.started = stack.started;
    this.record = stack.record;
    this.lost = new Promise((resolve) => {
      void hold.closed.then(() => {
        if (!this.released) resolve();
      });
    });
  }

  async keep(): Promise<void> {
    await this.hold.ask({ ask: 'keep' });
  }

  async detach(options: { until: string }): Promise<void> {
    await this.hold.ask({ ask: 'until', workflow: options.until });
    await this.release();
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    const stopping = await this.hold.ask({ ask: 'release' });
    this.hold.close();
    if (stopping) await untilGone(this.record);
  }
}

/** In a session of its own: it outlives us, and no Ctrl-C reaches it. */
function launch(stateDir: string, options: OpenStackOptions): ChildProcess {
  const settings = completeSettings(options.settings);
  const log = supervisorLog(stateDir).open({ rotate: false });
  try {
    const child = spawn(
      process.execPath,
      [
        '--enable-source-maps',
        programOf('supervisor'),
        `--state-dir=${stateDir}`,
        `--mode=${options.mode}`,
        `--workers=${settings.workers}`,
        `--cores=${settings.coresPerWorker}`,
        `--http-port=${settings.httpPort}`,
        ...(settings.processes ? ['--processes'] : []),
        ...settings.transforms.map((transforms) => `--transforms=${transforms}`),
        ...(options.startedBy === undefined ? [] : [`--started-by=${options.startedBy}`]),
      ],
      { stdio: ['ignore', log, log], env: process.env, detached: true },
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/**
 * Waits until the supervisor takes holds: ours, or that of someone who was quicker.
 * @returns null when the one that was quicker has ended already.
 */
async function listening(stateDir: string, launched: ChildProcess | null): Promise<StackRecord | null> {
  for (let waitedMs = 0; waitedMs < listenMsMax; waitedMs += 20) {
    const record = readStack(stateDir);
    if (record !== null && record.controlPort > 0) return record;
    const code = launched?.exitCode;
    if (launched === null || code === supervisorExit.anotherRuns) return null;
    if (code !== null || launched.signalCode !== null) {
      throw new StackFault(`the supervisor ended at once. The end of its log:\n${supervisorLog(stateDir).tail(5)}`);
    }
    await sleep(20);
  }
  launched?.kill('SIGKILL');
  throw new StackFault(
    `the supervisor did not answer within ${listenMsMax / 1_000} s. Its log is ${supervisorLog(stateDir).path}.`,
  );
}

/** @returns null when the stack was on its way out. */
async function ready(hold: Hold, record: StackRecord, signal?: AbortSignal): Promise<string | null> {
  const letGo = () => hold.close();
  signal?.addEventListener('abort', letGo, { once: true });
  try {
    return await hold.ready();
  } catch (fault) {
    await untilGone(record);
    throw fault;
  } finally {
    signal?.removeEventListener('abort', letGo);
  }
}

async function untilGone(record: StackRecord): Promise<void> {
  for (let waitedMs = 0; waitedMs < goneMsMax; waitedMs += 20) {
    if (!isRunning({ pid: record.pid, started: record.pidStarted })) return;
    await sleep(20);
  }
  throw new StackFault(
    `the supervisor (process ${record.pid}) does not end. Stop it by hand: kill -9 ${record.pid}; its servers follow within 5 s.`,
  );
}

function supervisorLog(stateDir: string): LogFile {
  return new LogFile(join(stateDir, 'logs'), 'supervisor');
}
