/**
 * What the store does is written once, as generators that yield statements and get rows back. SQLite runs them without waiting inside
 * its thread; PostgreSQL awaits each statement. So both engines decide alike, statement by statement.
 */
export type Param = string | number | null;
export interface Statement {
  readonly sql: string;
  readonly params: readonly Param[];
}
export type Row = Readonly<Record<string, unknown>>;
export type Work<T> = Generator<Statement, T, readonly Row[]>;

/** Runs one statement; `undefined` is stored as null. */
export function* rows<R>(sql: string, ...params: readonly (Param | undefined)[]): Work<readonly R[]> {
  return (yield { sql, params: params.map((param) => param ?? null) }) as readonly R[]; // the statement's column list is R; no compiler reads SQL
}

/** Did the statement find or write a row? */
export function* hit(sql: string, ...params: readonly (Param | undefined)[]): Work<boolean> {
  return (yield* rows(sql, ...params)).length > 0;
}
