/**
 * Loaded first into a program and its threads (`node --import`). It counts the statements that the thread of the database runs from the moment the
 * word TORN_WORD is said, and kills the whole program right after the one with the number TORN_AFTER. Without a number it names each on stdout.
 */
import { writeSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

const { TORN_WORD, TORN_AFTER } = process.env;
let ran = -1;

function after(statement: string, said: boolean): void {
  if (ran < 0 && !said) return;
  ran += 1;
  if (TORN_AFTER === undefined) writeSync(1, `${statement.trim().split(/\s+/).slice(0, 3).join(' ')}\n`);
  else if (ran === Number(TORN_AFTER)) process.kill(process.pid, 'SIGKILL');
}

if (!isMainThread) {
  const { all } = StatementSync.prototype;
  const { exec } = DatabaseSync.prototype;
  StatementSync.prototype.all = new Proxy(all, {
    apply(run, statement: StatementSync, params: unknown[]) {
      const rows = Reflect.apply(run, statement, params);
      after(statement.sourceSQL, params.includes(TORN_WORD));
      return rows;
    },
  });
  DatabaseSync.prototype.exec = new Proxy(exec, {
    apply(run, db: DatabaseSync, params: [string]) {
      Reflect.apply(run, db, params);
      after(params[0], false);
    },
  });
}
