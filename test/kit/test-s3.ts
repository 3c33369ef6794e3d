import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** An S3-compatible store: moto's server (Python), which keeps all in memory. */
export interface TestS3 {
  /** Of an empty bucket. */
  url: string;
  stop(): Promise<void>;
}

const startMsMax = 30_000;

/** @returns why there is none, if there is none: `moto_server` is not on PATH, nor named by MOTO_SERVER */
export async function startTestS3(): Promise<TestS3 | string> {
  const port = await freePort();
  const program = process.env['MOTO_SERVER'] ?? 'moto_server';
  const server = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const gone = once(server, 'exit').catch((fault: Error) => fault);
  const stop = async (): Promise<void> => {
    if (server.pid !== undefined && server.exitCode === null) server.kill('SIGKILL');
    await gone;
  };
  const url = `http://127.0.0.1:${port}/files`;
  for (const until = Date.now() + startMsMax; Date.now() < until; await sleep(100)) {
    if (server.exitCode !== null || server.pid === undefined) break;
    if (await isBucketMade(url)) return { url, stop };
  }
  await stop();
  return `${program} did not start`;
}

const isBucketMade = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const sent = request(url, { method: 'PUT' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    sent.on('error', () => resolve(false));
    sent.end();
  });
