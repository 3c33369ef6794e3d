import { randomUUID } from 'node:crypto';
import type { TerminalBatch } from '#contracts';
import { SettleDesk, type DoubtfulBatch, type SettledOrAside, type SettleDeskPorts, type SettleStore } from '#engine';

/** Whoever awaits it waits for ever. */
const forever = new Promise<never>(() => undefined);

/**
 * A transformer's way into settle that dies as a process does: its transactions are rolled back, and it neither says nor writes
 * anything more. Each is one life.
 */
export class MortalProcess {
  /** What it said about batches that it tried alone. */
  readonly doubts: DoubtfulBatch[] = [];
  private readonly desk: SettleDesk;
  private isDead = false;
  private tellDeath: () => void = () => undefined;
  private readonly death = new Promise<null>((resolve) => (this.tellDeath = () => resolve(null)));

  /** @param diesOf whether it dies when it settles the ends of jobs with these ordinals */
  constructor(
    { settles, dead, inHand }: Pick<SettleDeskPorts, 'settles' | 'dead' | 'inHand'>,
    private readonly diesOf: (ordinals: readonly number[]) => boolean,
  ) {
    this.desk = new SettleDesk({
      ...{ settles: this.settling(settles), dead: this.silenced(dead), inHand: this.silenced(inHand) },
      ...{ holder: randomUUID(), onDoubt: (batch) => this.doubts.push(batch), laterMs: 1 },
    });
  }

  /** @returns null when it died */
  settle(partition: number, batches: TerminalBatch[], options: { again: boolean }): Promise<SettledOrAside | null> {
    return Promise.race([this.desk.settle(partition, batches, options), this.death]);
  }

  private settling(settles: SettleStore): SettleStore {
    const blow = new Error('the process dies');
    return {
      settle: async (partition, work) => {
        try {
          return await settles.settle(partition, async (tx) => {
            const endAttempts: typeof tx.endAttempts = async (columns) => {
              const applied = await tx.endAttempts(columns);
              if (this.diesOf(columns.ordinal)) this.isDead = true;
              return applied;
            };
            const result = await work(Object.assign(Object.create(tx) as typeof tx, { endAttempts }));
            if (this.isDead) throw blow; // of another transaction, meanwhile
            return result;
          });
        } catch (fault) {
          if (fault !== blow) throw fault;
          this.tellDeath();
          return forever;
        }
      },
    };
  }

  /** A store that hears nothing of a dead process. */
  private silenced<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => (this.isDead ? forever : Reflect.apply(member, target, args));
      },
    });
  }
}
