/** Writes until there is no space, then until there is space again. Run by sqlite-trouble.test.ts under a file size limit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/lib/failure.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { changeOf, rowOf, T0 } from './example.ts';

const [path = ''] = process.argv.slice(2);
const BIG = 'x'.repeat(64 * 1024);
const RETRY_MS = 20;
const store = await openSqlite({ path });
let answered = 0;

/** The failure, if it was one. */
async function accept(body: string): Promise<Failure | undefined> {
  try {
    await store.accept({ source: 's', body, receivedAt: T0 });
    answered++;
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
async function acceptUntilFull(body: string): Promise<Failure> {
  for (;;) {
    const failure = (await Promise.all([accept(body), accept(body), accept(body)])).find((one) => one);
    if (failure) return failure;
  }
}

await acceptUntilFull(BIG);
const failure = await acceptUntilFull('small');
const check = await store.check().then(
  () => 'wrote',
  (error: unknown) => (error instanceof Failure ? error.code : String(error)),
);
const readable = (await store.deliveries(1_000_000)).length;
console.log(JSON.stringify({ code: failure.code, message: failure.message, hint: failure.hint, check, answered, readable }));

while (await accept(BIG)) await sleep(RETRY_MS);
await store.check();
const { kind } = await store.commit(changeOf(rowOf(1), 0));
console.log(JSON.stringify({ kind, answered, readable: (await store.deliveries(1_000_000)).length, counted: (await store.counts()).inbox }));
await store.close();
