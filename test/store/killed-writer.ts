/** Writes as fast as it can and says on stdout what the store has answered for, until somebody kills it. Run by sqlite-kill.test.ts. */
import { writeSync } from 'node:fs';
import { openSqlite } from '../../src/store/sqlite.ts';
import { changeOf, noted, rowOf, show, T0 } from './example.ts';

const [path = '', generation = ''] = process.argv.slice(2);
const ACCEPTERS = 4;
const INCIDENTS = 4;
// Unbuffered, so that a kill never takes back a line for something that was answered.
/** The pipe does not block: when its reader is slow it must be asked again, or an answer would be lost that the store has given. */
function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

const store = await openSqlite({ path });
say('open');

async function acceptForEver(lane: number): Promise<never> {
  for (let n = 0; ; n++) {
    const body = `${generation}.${lane}.${n}`;
    await store.accept({ source: 's', body, receivedAt: T0 });
    say(`accepted ${body}`);
  }
}

async function commitForEver(number: number): Promise<never> {
  const row = rowOf(number);
  for (let version = (await store.find(row.id))?.version ?? 0; ; version += 2) {
    const events = [noted(`${version}`), noted(`${version + 1}`)];
    const outcome = await store.commit(changeOf(row, version, { events, effects: [show(`at${version}`)], once: `${row.id}:${version}` }));
    if (outcome.kind !== 'done') throw new Error(`${row.id} at ${version}: ${outcome.kind}`);
    say(`committed ${number} ${version + 2}`);
  }
}

await Promise.all([
  ...Array.from({ length: ACCEPTERS }, (_, lane) => acceptForEver(lane)),
  ...Array.from({ length: INCIDENTS }, (_, index) => commitForEver(index + 1)),
]);
