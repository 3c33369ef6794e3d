import { StoreUnavailable } from '#engine';
import { CommitTrap, EngineRig, TrialLine, type TestPostgres } from '#test-kit';

const triesMax = 5;

/** Use cases on a database of their own. */
export class Play {
  private statement: string | null = null;

  private constructor(
    readonly rig: EngineRig,
    private readonly line: TrialLine,
    private readonly trap: CommitTrap,
  ) {}

  static async begin(postgres: TestPostgres): Promise<Play> {
    const trap = new CommitTrap();
    let line: TrialLine | null = null;
    const rig = await EngineRig.open(postgres, {
      through: async (url) => {
        line = await TrialLine.start(url);
        line.meddlerOf = () => trap.meddler();
        return line.url;
      },
    });
    if (!line) throw new Error('a rig that asked for no database');
    return new Play(rig, line, trap);
  }

  /** @param statement whose effect is not told; null: all is told */
  next(statement: string | null): void {
    this.statement = statement;
    this.trap.sprung = 0;
  }

  /** From here on: what was made before is not the case's own. */
  lose(): void {
    if (this.statement !== null) this.trap.arm(this.statement);
  }

  /** As everybody does whom PostgreSQL failed: services again and again, users by clients that persevere. */
  async again<T>(act: (tries: number) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await act(tries);
      } catch (fault) {
        if (!(fault instanceof StoreUnavailable) || tries === triesMax) throw fault;
      }
    }
  }

  get lost(): number {
    return this.trap.sprung;
  }

  async end(): Promise<void> {
    await this.rig.close();
    await this.line.stop();
  }
}
