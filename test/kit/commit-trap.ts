import { isCommit } from './line-meddlers.js';
import type { Meddler } from './line-connection.js';

const nothing = Buffer.alloc(0);

/**
 * Loses one answer of PostgreSQL: to the COMMIT of the transaction in which a certain statement ran, or to that statement
 * itself where it commits by itself. PostgreSQL has done it, and who asked sees the connection closed.
 */
export class CommitTrap {
  /** Answers that were lost. */
  sprung = 0;
  private statement: string | null = null;

  /** @param statement its name in sql/queries: the next transaction in which it runs is the one. */
  arm(statement: string): void {
    this.statement = statement;
  }

  /** For each new connection of a TrialLine. */
  meddler(): Meddler {
    let isOpen = false;
    let isIt = false;
    let isLost = false;
    const spring = (): void => {
      isLost = true;
      this.statement = null;
      this.sprung += 1;
    };
    const look = (bytes: Buffer): void => {
      if (bytes.includes('begin;')) [isOpen, isIt] = [true, false];
      else if (bytes.includes('rollback\0')) isOpen = false;
      else if (isCommit(bytes)) {
        if (isOpen && isIt) spring();
        isOpen = false;
      } else if (this.statement !== null && bytes.includes(`\0${this.statement}\0`)) {
        isIt = true;
        if (!isOpen) spring();
      }
    };
    return (way, bytes) => {
      if (way === 'to') look(bytes);
      return way === 'from' && isLost ? { bytes: nothing, then: 'cut' } : { bytes };
    };
  }
}
