/** What the two engines cannot say alike. */
export interface Dialect {
  /** A 64-bit key the database counts up; never used twice. */
  readonly identity: string;
  /** After a table of narrow rows that are always found by primary key: SQLite then stores them in the key's own tree. */
  readonly clustered: string;
  /** Statements after which rows of the table can be added and read, and nothing else. */
  appendOnly(table: string): readonly string[];
  /** place, incident, number and body of at most $2 events after place $1, in the order in which they were written. */
  readonly eventsAsWritten: string;
}
