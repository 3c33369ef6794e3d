import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Controller, Get, Inject, Logger, Param, Query, Res } from '@nestjs/common';
import { AttemptLogQuery } from '#contracts';
import { type ByteRange, type KeptLog, type LogPorts, ordinalOf, type ReadStore } from '#engine';
import { type Access, Asker } from '../http/access.js';
import { acceptsGzip } from '../http/answer-lines.js';
import { queryAs } from '../http/json-body.js';
import { Allows, whoMay } from '../http/policies.js';
import { Refusal, refusals } from '../http/refusal.js';
import { OffersAnything } from '../http/request.guard.js';
import { LOG_PORTS, READ_STORE } from './stores.js';
import { WorkflowFinder } from './workflow-finder.js';

/** All that attempts wrote, where their workers sent it. */
@Allows(whoMay('read', 'workflow'))
@Controller('api/v1/workflows/:selector/jobs/:job/attempts/:attempt/log')
export class AttemptLogController {
  private readonly logger = new Logger('logs');

  constructor(
    private readonly finder: WorkflowFinder,
    @Inject(READ_STORE) private readonly reads: ReadStore,
    @Inject(LOG_PORTS) private readonly ports: LogPorts | null,
  ) {}

  @Get()
  @OffersAnything()
  async give(
    @Param() asked: Record<'selector' | 'job' | 'attempt', string>,
    @Query() query: unknown,
    @Asker() asker: Access,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const { stream } = queryAs(AttemptLogQuery, query);
    const { workflowNo, id } = await this.finder.findKept(asked.selector, asker);
    const ordinal = await ordinalOf(this.reads, { workflowNo, named: asked.job });
    if (ordinal === null) throw refusals.notFound(`${id} has no job "${asked.job.slice(0, 200)}"`);
    const logs = (await this.ports?.logs.ofJob(workflowNo, ordinal)) ?? [];
    const log = logs.find(({ attempt }) => String(attempt) === asked.attempt);
    if (!log || !this.ports) throw noLog();
    if (log.leftOut) throw leftOut();
    const range = rangeOf(log, stream);
    const bytes = range === null ? [] : await this.ports.files.read(log.place, range);
    if (bytes === null) throw gone();
    await answer(response, bytes, range).catch((fault: Error) => {
      if (!response.headersSent) throw fault;
      this.logger.warn(`a log of ${id} was cut`, { ordinal, cause: fault.message });
    });
  }
}

/** Where a stream is among the bytes of both; null: it has none. */
function rangeOf({ bytes, stdoutBytes }: KeptLog, stream: 'stdout' | 'stderr'): ByteRange | null {
  const range = stream === 'stdout' ? { first: 0, last: stdoutBytes - 1 } : { first: stdoutBytes, last: bytes - 1 };
  return range.last < range.first ? null : range;
}

/** What a program wrote is shown as text, never as a page of ours. */
async function answer(
  response: ServerResponse,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  range: ByteRange | null,
): Promise<void> {
  const { method, headers } = response.req;
  const packed = range !== null && acceptsGzip(headers['accept-encoding']);
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'private, no-cache',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
    ...(packed && { 'content-encoding': 'gzip', 'content-length': range.last - range.first + 1 }),
  });
  const source = Readable.from(bytes, { objectMode: false });
  if (method === 'HEAD') response.end(() => source.destroy());
  else if (packed || range === null) await pipeline(source, response);
  else await pipeline(source, createGunzip(), response);
}

const noLog = (): Refusal =>
  new Refusal({
    status: 404,
    code: 'log/none',
    title: 'No full log',
    detail: 'the attempt has no full log here: its worker sent none, or has not yet',
    remedy: 'keep them: `params: {keepLog: failed}` in the template; `sluice logs` tells what was reported',
  });

const leftOut = (): Refusal =>
  new Refusal({
    status: 410,
    code: 'log/left-out',
    title: 'The full log was left out',
    detail: 'the space had no room for the full log of this attempt when it ended',
    remedy: 'ask for a larger quota (`sluice space set NAME --log-bytes N`); logs go when their workflow is archived',
  });

const gone = (): Refusal =>
  new Refusal({
    status: 410,
    code: 'log/gone',
    title: 'The full log is gone',
    detail: 'the full log of this attempt was kept, and its bytes are not in the file store any more',
  });
