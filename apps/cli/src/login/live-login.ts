/**
 * Owns a log-in while it is used: hands out its token, and has it renewed a minute before it ends.
 *
 * L1  Commands of one user may run at the same time, and a refresh token often counts once: who renews holds a lock file,
 *     and looks first whether another has renewed meanwhile.
 */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { IssuerClient, IssuerRefusal, type IssuerWay, ServerUnreachable } from '#client';
import { CliFault, exitCodes } from '../exit-code.js';
import { loginFile, readLogin, type SavedLogin, writeLogin } from './saved-login.js';

const earlyMs = 60_000;
const lockPauseMs = 100;
/** Who held it for so long has died over it. */
const lockStaleMs = 30_000;

export class LiveLogin {
  private renewing: Promise<SavedLogin> | null = null;

  constructor(
    private saved: SavedLogin,
    private readonly proxyTo: IssuerWay['proxyTo'],
  ) {}

  /** @throws CliFault when it has ended and cannot be renewed */
  readonly token = async (): Promise<string> => {
    if (isDue(this.saved)) {
      this.renewing ??= this.renew().finally(() => (this.renewing = null));
      this.saved = await this.renewing;
    }
    return this.saved.token;
  };

  /** @see L1 */
  private async renew(): Promise<SavedLogin> {
    const lock = `${loginFile(this.saved.server)}.lock`;
    await take(lock);
    try {
      const saved = readLogin(this.saved.server) ?? this.saved;
      if (!isDue(saved)) return saved;
      if (saved.refreshToken === null) throw over(saved);
      const { login, insecureLoopback } = saved;
      const issuer = await IssuerClient.discover(login, { proxyTo: this.proxyTo, insecureLoopback });
      const { token, refreshToken, expiresSec } = await issuer.refresh(saved.refreshToken);
      const renewed = { ...saved, token, refreshToken, endsAtMs: endOf(expiresSec) };
      await writeLogin(renewed);
      return renewed;
    } catch (fault) {
      if (fault instanceof ServerUnreachable && !hasEnded(this.saved)) return this.saved; // it is early: the next call tries again
      throw fault instanceof IssuerRefusal ? over(this.saved, fault) : fault;
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

/** When tokens end that count for so long from now on. */
export const endOf = (expiresSec: number | null): number | null =>
  expiresSec === null ? null : Date.now() + expiresSec * 1_000;

const isDue = ({ endsAtMs }: SavedLogin): boolean => endsAtMs !== null && Date.now() > endsAtMs - earlyMs;

const hasEnded = ({ endsAtMs }: SavedLogin): boolean => endsAtMs !== null && Date.now() >= endsAtMs;

const over = ({ server, login }: SavedLogin, cause?: IssuerRefusal): CliFault =>
  new CliFault(
    exitCodes.notFound,
    [
      `your log-in at ${server} has ended${cause ? `: ${cause.message}` : ''}`,
      `log in anew: sluice login --url ${server} --issuer ${login.issuer}`,
    ],
    { cause },
  );

async function take(lock: string): Promise<void> {
  for (;;) {
    try {
      return closeSync(openSync(lock, 'wx', 0o600));
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
    }
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > lockStaleMs) rmSync(lock, { force: true });
    else await sleep(lockPauseMs);
  }
}
