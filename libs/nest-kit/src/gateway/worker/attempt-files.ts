/**
 * What workers read from the file store. F1 Only what a job that the session holds names among its inputs: the token in
 * other hands opens nothing else, and what is not for it answers like what is not there. F2 It is looked up for each
 * request, in one statement: a worker asks once for a file, however many of its jobs need it, so nothing is remembered.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import type { FilePorts, NeededByAttempt } from '#engine';
import { answerFile } from '../../http/answer-file.js';
import { Refusal, refusals } from '../../http/refusal.js';

const folder = '/worker/v1/files/';
const shape = /^(\d{1,19}):(\d{1,10})\/(\d{1,5})\/([0-9a-f]{64})$/;
const numbersMax = { workflowNo: 2n ** 63n - 1n, ordinal: 2 ** 31 - 1, attempt: 2 ** 15 - 1 };

export type AskedFile = Omit<NeededByAttempt, 'session'>;

/** Whether a request is for this room. */
export const isOfFiles = ({ url = '' }: IncomingMessage): boolean => url.startsWith(folder);

/** @throws Refusal 404, 405 */
export function fileAsked({ url = '', method }: IncomingMessage): AskedFile {
  const asked = attemptAsked(folder, url);
  if (method !== 'GET' && method !== 'HEAD') throw refusals.notAllowed(['GET', 'HEAD', 'OPTIONS']);
  return asked;
}

/** What an address says behind its folder: `<job>/<attempt>/<checksum>`. @throws Refusal 404 */
export function attemptAsked(under: string, path: string): AskedFile {
  const [, workflowNo = '', ordinal = '', attempt = '', sha256 = ''] = shape.exec(path.slice(under.length)) ?? [];
  const asked = { workflowNo, ordinal: Number(ordinal), attempt: Number(attempt), sha256 };
  const isThere = sha256 !== '' && BigInt(workflowNo) <= numbersMax.workflowNo;
  if (!isThere || asked.ordinal > numbersMax.ordinal || asked.attempt > numbersMax.attempt) throw notForThis();
  return asked;
}

export class AttemptFiles {
  private readonly logger = new Logger('worker-door');

  constructor(private readonly ports: FilePorts | null) {}

  /** F1, F2 */
  async give(needed: NeededByAttempt, response: ServerResponse): Promise<void> {
    const found = this.ports && (await this.ports.ledger.forAttempt(needed));
    if (!this.ports || !found) throw notForThis();
    const { files, ledger } = this.ports;
    const { space, file } = found;
    const place = { space, sha256: needed.sha256 };
    if (!file) throw gone(needed.sha256);
    await ledger.used(place);
    const isThere = await answerFile(response, file, (range) => files.read(place, range)).catch((fault: Error) => {
      if (!response.headersSent) throw fault;
      this.logger.warn(`file ${place.sha256} was cut on its way to a worker`, { cause: fault.message });
      return true;
    });
    if (isThere) return;
    this.logger.error(`file ${place.sha256} is in the books, and not in the store`, { space });
    throw gone(needed.sha256);
  }
}

export const notForThis = (): Refusal =>
  refusals.notFound('the session holds no such attempt of a job that needs it', 'ask only for what you hold');

/** Its job may know: it named the file. */
const gone = (sha256: string): Refusal =>
  new Refusal({
    status: 404,
    code: 'file/gone',
    title: 'The file is gone',
    detail: `the space keeps no file ${sha256} any more`,
    remedy: 'send it again (`sluice file put`) and retry the job',
  });
