import type { Database, Statement, Transaction } from '#adapter-postgres';

/** A guard taken out of a statement: a part of its text, and what stands there instead. */
export interface StatementMutant {
  statement: Statement;
  from: string;
  to: string;
}

/**
 * A database on which a statement runs without its guard, for tests that must notice.
 * @throws when the part is not in the statement, or more than once: then the mutant says nothing.
 */
export function mutatedDatabase(database: Database, { statement, from, to }: StatementMutant): Database {
  const parts = statement.text.split(from);
  if (parts.length !== 2) throw new Error(`${statement.name} has ${parts.length - 1} times: ${from}`);
  const mutant = { name: statement.name, text: parts.join(to) };
  const swap = (asked: Statement): Statement => (asked.name === mutant.name ? mutant : asked);
  const inside = (tx: Transaction): Transaction => ({ ...tx, run: (asked, params) => tx.run(swap(asked), params) });
  const mutated: Pick<Database, 'run' | 'transaction' | 'rehearsal'> = {
    run: (asked, params) => database.run(swap(asked), params),
    transaction: (name, work, begin) => database.transaction(name, (tx) => work(inside(tx)), begin),
    rehearsal: (name, work, begin) => database.rehearsal(name, (tx) => work(inside(tx)), begin),
  };
  return new Proxy(database, {
    get: (target, key): unknown =>
      key in mutated ? mutated[key as keyof typeof mutated] : Reflect.get(target, key, target),
  });
}
