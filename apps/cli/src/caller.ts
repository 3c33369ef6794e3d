import { hostname, userInfo } from 'node:os';

/** Who orders something, as others are told: `ann@host`. Nobody proves it. */
export function callerName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname(); // a user id without a name
  }
}
