/** A compiled statement that reports a failing disk or a damaged file, and makes the rows' objects itself. */
import type BetterSqlite3 from 'better-sqlite3';

export interface Statement<Params extends unknown[], Row> {
  run(...params: Params): BetterSqlite3.RunResult;
  get(...params: Params): Row | undefined;
  all(...params: Params): Row[];
}

/** `toError` words what SQLite throws. */
export function watchStatement<Params extends unknown[], Row>(
  statement: BetterSqlite3.Statement<Params>,
  toError: (error: unknown) => unknown,
): Statement<Params, Row> {
  const toRow = rowMaker(statement) as (values: unknown[]) => Row;
  const watch =
    <T>(execute: (...params: Params) => T) =>
    (...params: Params): T => {
      try {
        return execute(...params);
      } catch (error) {
        throw toError(error);
      }
    };
  return {
    run: watch((...params) => statement.run(...params)),
    get: watch((...params) => {
      const values = statement.get(...params) as unknown[] | undefined;
      return values && toRow(values);
    }),
    all: watch((...params) => (statement.all(...params) as unknown[][]).map(toRow)),
  };
}

/** SQLite's binding takes twice as long to make an object of a row as to make an array. */
function rowMaker(statement: BetterSqlite3.Statement<never[]>): (values: unknown[]) => unknown {
  if (statement.reader) statement.raw();
  let names: readonly string[] = [];
  return (values) => {
    // A migration may have added columns since.
    if (names.length !== values.length) names = statement.columns().map(({ name }) => name);
    const row: Record<string, unknown> = {};
    let at = 0;
    for (const name of names) row[name] = values[at++];
    return row;
  };
}
