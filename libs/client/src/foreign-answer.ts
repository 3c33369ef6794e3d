import type { IncomingHttpHeaders } from 'node:http';
import { ServerUnreachable } from './server-unreachable.js';

export interface ForeignAnswerParts {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

const titleCharsMax = 120;

/**
 * A status of 300 and more that Sluice did not write: a proxy, a load balancer or a login page in between did. Whatever it
 * says - 403 and 413 too - is no word of the server about the request, so this is a fault of the network and may pass.
 */
export class ForeignAnswer extends ServerUnreachable {
  readonly status: number;
  /** Seconds after which to try again, if it named them. */
  readonly retryAfterSec: number | null;

  constructor(url: string, { status, headers, body }: ForeignAnswerParts) {
    super(url, { cause: new Error(`something in between answered ${status}${saying(headers, body)}`) });
    this.status = status;
    this.retryAfterSec = retryAfterSecOf(headers);
  }
}

/** What a header of an answer says about when to try again. A date says nothing: clocks differ. */
export function retryAfterSecOf(headers: IncomingHttpHeaders): number | null {
  const seconds = Number(headers['retry-after'] ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** Who it was and what the page says, in a few printable words. */
function saying(headers: IncomingHttpHeaders, body: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1] ?? body;
  const words = [headers.server ?? '', headers['x-squid-error'] ?? '', title].map((text) => printable(String(text)));
  const said = words.filter((text) => text !== '').join(', ');
  return said === '' ? '' : ` (${said})`;
}

const printable = (text: string): string =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, titleCharsMax);
