/**
 * What workers send of what their programs wrote. G1 Only of attempts that the session holds at that moment, so before their
 * end is reported. G2 Room is taken before a byte is read; without room the attempt is noted to have no log, and that is no
 * error of the worker.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { logBytesMax, type LogKept, LogQuery } from '#contracts';
import { FileDiffers, FileStoreFull, keepLog, type LogPorts } from '#engine';
import { answerJson } from '../../http/answer.js';
import { queryAs } from '../../http/json-body.js';
import { refusals } from '../../http/refusal.js';
import { Turnstile } from '../../http/turnstile.js';
import { attemptAsked, notForThis } from './attempt-files.js';

const folder = '/worker/v1/logs/';
/** Logs received at once. */
const logsAtOnce = { insideMax: 16, lineMax: 512 } as const;

/** Whether a request is for this room. */
export const isOfLogs = ({ url = '' }: IncomingMessage): boolean => url.startsWith(folder);

export class AttemptLogs {
  private readonly turnstile = new Turnstile(logsAtOnce);

  constructor(private readonly ports: LogPorts | null) {}

  /** G1, G2 */
  async take(session: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method } = request;
    const [path = '', search = ''] = url.split('?', 2);
    const asked = attemptAsked(folder, path);
    if (method !== 'PUT') throw refusals.notAllowed(['PUT', 'OPTIONS']);
    const { ports } = this;
    if (!ports) throw notForThis();
    const { stdout: stdoutBytes } = queryAs(LogQuery, Object.fromEntries(new URLSearchParams(search)));
    const bytes = bytesOf(request);
    if (stdoutBytes > bytes) throw refusals.badRequest('log/stdout', 'stdout cannot be longer than both streams');
    const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    const log = { ...asked, session, bytes, stdoutBytes };
    const kept = await this.turnstile.pass(() => keepLog(ports, log, body)).catch(refuse);
    if (kept === 'none') throw notForThis();
    if (kept === 'differs') throw refusals.conflict('log/differs', 'another log of this attempt is there already');
    answerJson(response, 200, JSON.stringify({ log: kept } satisfies LogKept));
  }
}

function bytesOf({ headers }: IncomingMessage): number {
  const length = headers['content-length'];
  if (length === undefined || !/^\d{1,15}$/.test(length)) {
    throw refusals.badRequest('log/length', 'a log comes with its Content-Length');
  }
  if (Number(length) > logBytesMax) throw refusals.tooLarge('the log', logBytesMax);
  return Number(length);
}

function refuse(fault: unknown): never {
  if (fault instanceof FileDiffers) throw refusals.badRequest('log/bytes', 'its bytes are not those of its checksum');
  if (fault instanceof FileStoreFull) throw refusals.unavailable('the file store is full');
  throw fault;
}
