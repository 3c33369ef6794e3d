import type { IncomingMessage } from 'node:http';
import { type Caller, localIssuer } from '#core';
import { accessOf } from './access.js';

/** Who sends a request: the guard has seen to it. A request of an open route has none. @throws where there is none: a bug */
export const callerOf = (request: IncomingMessage): Caller => accessOf(request).caller;

/**
 * By whose order something is done, as people read it later. The local user's programs say so themselves; all others are
 * who they are, and what they say does not count.
 * @param said `by` of the body
 */
export function orderedBy(caller: Caller, said: string | undefined): string | undefined {
  if (caller.issuer === localIssuer && caller.restricted === null) return said;
  return shownCaller(caller);
}

/** Who a caller is, for people to read: the subject is what counts. */
export const shownCaller = ({ name, subject }: Caller): string =>
  lineOf(name === null || name === subject ? subject : `${name} (${subject})`);

/** What an issuer says may be anything: here it becomes a line that can be shown. */
const lineOf = (text: string): string =>
  text
    .replace(/[^\P{C} ]/gu, ' ')
    .trim()
    .slice(0, 200);
