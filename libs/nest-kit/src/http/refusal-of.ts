import { BadRequestException, HttpException } from '@nestjs/common';
import { Refusal, refusals } from './refusal.js';

/**
 * Which refusal an error becomes. A fault outside that may pass is 503; anything unknown is a bug of ours: 500, without
 * a word about its inside (the log has it).
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isPassing(error)) return refusals.unavailable(error.message);
  if (isCut(error)) return refusals.bodyCut();
  if (isUndecoded(error)) return refusals.badRequest('http/path', 'an escape in the address is none');
  const status = statusOf(error);
  if (status === null || status >= 500) return bug();
  return new Refusal({ status, code: `http/${status}`, title: titleOf(status), detail: detailOf(error) });
}

/** True when the log must tell an operator about it. */
export const isBug = (refusal: Refusal): boolean => refusal.refused.status === 500;

const bug = (): Refusal =>
  new Refusal({
    status: 500,
    code: 'internal',
    title: 'Internal error',
    detail: 'the gateway failed at this request; its log says why',
  });

const isPassing = (error: unknown): error is Error & { retry: true } =>
  error instanceof Error && (error as { retry?: unknown }).retry === true;

/** The client left in the middle of its body. */
const isCut = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ECONNRESET';

/** Nest makes a BadRequestException of Express's URIError. */
const isUndecoded = (error: unknown): boolean =>
  error instanceof URIError || (error instanceof BadRequestException && error.message.startsWith('Failed to decode'));

/** Errors of Express and its parsers carry a status; Nest's have getStatus(). */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : null;
}

const titleOf = (status: number): string => (status === 404 ? 'Not found' : 'Bad request');

const detailOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 300) : '');
