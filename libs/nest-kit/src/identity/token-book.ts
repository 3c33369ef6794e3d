/**
 * Owns what this gateway remembers of tokens that Sluice handed out.
 *
 * T1  A token that was revoked or has ended counts for 5 s more at most: so long is remembered what PostgreSQL said.
 * T2  Uses are gathered and written once a minute, many in one statement.
 * T3  Of tokens that sessions were opened with it is asked every 5 s which still count. While PostgreSQL is away those that
 *     counted go on to count: workers outlive it.
 */
import { Logger } from '@nestjs/common';
import type { KeptToken, TokenStore } from '#engine';
import { digestOfToken } from './token-text.js';

const termMs = 5_000;
const useMs = 60_000;
/** Above, all is forgotten and asked again: strangers try texts without end. */
const rememberedMax = 20_000;
/** Who opened no session and beat no heart for so long is not asked about. */
const idleMs = 2 * 3_600_000;

export class TokenBook {
  private readonly logger = new Logger('tokens');
  private readonly read = new Map<string, { kept: Promise<KeptToken | null>; atMs: number }>();
  private readonly used = new Map<string, number>();
  /** Tokens behind sessions: when each was last asked about, and whether it counts. */
  private readonly openers = new Map<string, { seenAtMs: number; dead: boolean }>();
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly store: TokenStore,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  start(): void {
    this.timers = [
      setInterval(() => void this.lookAtOpeners(), termMs),
      setInterval(() => void this.writeUses(), useMs),
    ].map((timer) => timer.unref());
  }

  async stop(): Promise<void> {
    this.timers.forEach(clearInterval);
    await this.writeUses();
  }

  /** @returns also one that does not count any more; null: nobody handed it out. @see T1 */
  async find(text: string): Promise<KeptToken | null> {
    const digest = digestOfToken(text);
    const key = digest.toString('base64');
    const known = this.read.get(key);
    if (known && this.nowMs() - known.atMs < termMs) return known.kept;
    if (this.read.size >= rememberedMax) this.read.clear();
    const kept = this.store.find(digest);
    this.read.set(key, { kept, atMs: this.nowMs() });
    kept.catch(() => this.read.delete(key)); // a fault is nothing to remember
    return kept;
  }

  noteUse(id: string): void {
    this.used.set(id, this.nowMs());
  }

  /** Whether what a session was opened with still counts. @see T3 @param id `0`: the stack's own token */
  counts(id: string): boolean {
    if (id === '0') return true;
    const known = this.openers.get(id);
    if (known) known.seenAtMs = this.nowMs();
    else this.openers.set(id, { seenAtMs: this.nowMs(), dead: false });
    return known?.dead !== true;
  }

  /** @see T3 */
  async lookAtOpeners(): Promise<void> {
    for (const [id, { seenAtMs }] of this.openers) if (this.nowMs() - seenAtMs > idleMs) this.openers.delete(id);
    const ids = [...this.openers.keys()];
    if (ids.length === 0) return;
    try {
      const dead = new Set(await this.store.dead(ids));
      for (const id of ids) {
        const opener = this.openers.get(id);
        if (opener) opener.dead = dead.has(id);
      }
    } catch (fault) {
      this.logger.warn('which pool tokens still count is not known now', { cause: (fault as Error).message });
    }
  }

  /** @see T2. What cannot be written now is written the next time. */
  async writeUses(): Promise<void> {
    const uses = [...this.used];
    if (uses.length === 0) return;
    this.used.clear();
    const nowMs = this.nowMs();
    try {
      await this.store.noteUse(uses.map(([id, atMs]) => ({ id, agoSec: Math.max(0, nowMs - atMs) / 1_000 })));
    } catch (fault) {
      for (const [id, atMs] of uses) if (!this.used.has(id)) this.used.set(id, atMs);
      this.logger.warn('when tokens were used is not written now', { cause: (fault as Error).message });
    }
  }
}
