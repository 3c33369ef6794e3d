/** Who announces a body and waits with it (`Expect: 100-continue`) until it is known that somebody wants it. */
import type { IncomingMessage } from 'node:http';

const waiting = new WeakSet<IncomingMessage>();

/** Its handler says when: `response.writeContinue()`. Others have it said for them. */
export const letWait = (request: IncomingMessage): void => void waiting.add(request);

export const waitsToSend = (request: IncomingMessage): boolean => waiting.has(request);

/** Routes that want to say it themselves: a file is long, and there may be no room for it, or no need. */
export const decidesItself = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'PUT' && /^\/api\/v1\/spaces\/[^/]+\/files\//.test(url);
