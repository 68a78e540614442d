/** P11: what a long past costs every day. The same four things and the start, with a hundredth or a tenth of the past beside it; and how the database finds its rows. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as sql from '../src/store/sql.ts';
import { openSqlite } from '../src/store/sqlite.ts';
import type { Store } from '../src/store/store.ts';
import { PROGRAM, start } from './child.ts';
import { fingerprintOf, grow } from './history.ts';
import { type Ask, type Line, ms, type Row } from './row.ts';
import { median, notes, p99, wideSpread } from './stats.ts';
import { openWorld } from './world.ts';

const SHORT = 10_000;
const LONG = 100_000;
const LONGEST = 1_000_000;
const EVENTS_EACH = 10;
const ROUNDS = 5;
const WARM_UP_TIMES = 100;
const TIMES = 400;
const STARTS = 5;
const PAGE = 50;
const GOAL = 2.5;
/** As long as correlation looks back for what ended lately. */
const LATELY_MS = 15 * 60_000;

export const history: Row = {
  ids: ['P11'],
  async run(ask) {
    const dir = mkdtempSync(join(tmpdir(), 'tagback-bench-'));
    const [short, long] = [
      { path: join(dir, 'short.db'), incidents: SHORT },
      { path: join(dir, 'long.db'), incidents: ask.long ? LONGEST : LONG },
    ];
    try {
      ask.tell(`writing a history of ${long.incidents.toLocaleString('en')} incidents and ${(long.incidents * EVENTS_EACH).toLocaleString('en')} events`);
      for (const { path, incidents } of [short, long]) await grow(path, incidents, { eventsEach: EVENTS_EACH, isWhole: true });
      const sizes = `${(statSync(long.path).size / 1e6).toFixed(0)} MB beside ${(statSync(short.path).size / 1e6).toFixed(0)}`;
      return [...(await measure(ask, [short, long])), await startLine([short, long], sizes), planLine(long.path)];
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

interface Past {
  readonly path: string;
  readonly incidents: number;
}
type Pair<T> = readonly [short: T, long: T];
interface Side extends Past {
  readonly store: Store;
}
interface Work {
  readonly what: string;
  /** With an incident of any age; `nth` is never the same. */
  run(side: Side, incident: number, nth: number): Promise<unknown>;
}

const WORKS: readonly Work[] = [
  { what: 'an alert comes again: stored, looked up, counted', run: ({ store }, incident, nth) => comeAgain(store, incident, nth) },
  { what: 'the list of what is open', run: ({ store }) => store.open() },
  { what: 'a page of the list, anywhere in it', run: ({ store }, incident) => store.list({ before: incident, limit: PAGE }) },
  { what: 'the same of one service', run: ({ store }, incident) => store.list({ before: incident, limit: PAGE, service: `s${incident % 200}` }) },
  { what: 'a timeline', run: ({ store }, incident) => Promise.all([store.find(`INC-${incident}`), store.events(`INC-${incident}`)]) },
];

/** What reception asks of the database for one alert that is known (engine/receive.ts, engine/round.ts), and a word said once beside it. */
async function comeAgain(store: Store, incident: number, nth: number): Promise<void> {
  const [source, fingerprint, now] = ['alertmanager', fingerprintOf(incident), Date.now()];
  const id = await store.accept({ source, body: '{"version":"4","alerts":[]}', receivedAt: now });
  await store.deliveries(100);
  const [known] = await Promise.all([
    store.signal(source, fingerprint),
    store.held(source, fingerprint),
    store.desk(now - LATELY_MS),
    store.snoozes(now),
    store.lastNumber(),
  ]);
  if (!known) throw new Error(`the history has no alert ${fingerprint}`);
  const outcome = await store.commit({ deliveries: [id], signals: [{ ...known, at: now }], once: `bench:${nth}`, at: now });
  if (outcome.kind !== 'done') throw new Error(`the alert ${fingerprint} was not counted: ${outcome.kind}`);
}

async function measure({ tell }: Ask, pasts: Pair<Past>): Promise<readonly Line[]> {
  const open = async (past: Past): Promise<Side> => ({ ...past, store: await openSqlite({ path: past.path }) });
  const sides: Pair<Side> = [await open(pasts[0]), await open(pasts[1])];
  try {
    const lines: Line[] = [];
    for (const work of WORKS) {
      const rounds: Pair<number[]>[] = [];
      for (const side of sides) await times(work, side, WARM_UP_TIMES);
      for (let round = 0; round < ROUNDS; round++) rounds.push([await times(work, sides[0], TIMES), await times(work, sides[1], TIMES)]);
      lines.push(workLine(work.what, rounds));
    }
    tell('the database is measured');
    return lines;
  } finally {
    await Promise.all(sides.map(({ store }) => store.close()));
  }
}

let nth = 0;
let state = 11;
/** 1 … most, the same in every run. */
function anyOf(most: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return 1 + Math.floor((state / 2 ** 32) * most);
}

/** How long each took, in ms. */
async function times({ run }: Work, side: Side, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const incident = anyOf(side.incidents);
    const startedAt = performance.now();
    await run(side, incident, nth++);
    took.push(performance.now() - startedAt);
  }
  return took;
}

function workLine(what: string, rounds: readonly Pair<number[]>[]): Line {
  const ratios = rounds.map(([short, long]) => p99(long) / p99(short));
  const middle = rounds.map(([short, long]) => median(long) / median(short));
  const side = (index: 0 | 1): string => {
    const all = rounds.flatMap((round) => round[index]);
    return `p50 ${ms(median(all))}, p99 ${ms(p99(all))}`;
  };
  return {
    ...{ id: 'P11', what, ours: side(1), floor: `${side(0)} (a short past)`, ratio: median(ratios) },
    ...{ goal: `p99 ≤ ${GOAL} ×`, ok: median(ratios) <= GOAL, note: notes(`p50 ${median(middle).toFixed(2)} ×`, wideSpread(ratios)) },
  };
}

async function startLine(pasts: Pair<Past>, sizes: string): Promise<Line> {
  const world = await openWorld();
  const once = async ({ path }: Past): Promise<number> => {
    const program = start(PROGRAM, { env: { ...world.env, DATABASE_URL: `sqlite:${path}` } });
    const upMs = await program.said('tagback is up');
    await program.kill();
    return upMs;
  };
  try {
    const rounds: Pair<number>[] = [];
    for (const past of pasts) await once(past);
    for (let round = 0; round < STARTS; round++) rounds.push([await once(pasts[0]), await once(pasts[1])]);
    const ratios = rounds.map(([short, long]) => long / short);
    const side = (index: 0 | 1): string => ms(median(rounds.map((round) => round[index])));
    return {
      ...{ id: 'P11', what: 'start until listening', ours: side(1), floor: `${side(0)} (a short past)`, ratio: median(ratios) },
      ...{ goal: `≤ ${GOAL} ×`, ok: median(ratios) <= GOAL, note: notes(sizes, wideSpread(ratios)) },
    };
  } finally {
    await world.close();
  }
}

/** Tables that grow with the past. */
const GROWS = /^SCAN (incident|event|audit|signal|once|message|set_aside)\b/;
/** An index that holds only what is open is as long as what is open. */
const ONLY_OPEN = /incident_open/;
/** Proves the record and has to read it (`/api/incidents/:id?audit=check`): nothing else may. */
const PROOF = ['selectAuditTotals', 'selectAuditStray'];

/** Every statement the program has, asked how it finds its rows. */
function planLine(path: string): Line {
  const database = new DatabaseSync(path, { readOnly: true });
  const statements = Object.entries(sql).flatMap(([name, text]) => (typeof text === 'string' ? [{ name, text }] : []));
  statements.push({ name: 'claimTasks', text: sql.claimTasks('', 0) });
  const asked = statements.filter(({ text }) => !/^\s*create /.test(text));
  const whole = asked.filter(({ text }) => {
    const plan = database.prepare(`explain query plan ${text.replaceAll(/\$(\d+)/g, '?$1')}`).all() as { detail: string }[]; // SQLite's own column
    const isWhole = plan.some(({ detail }) => GROWS.test(detail) && !ONLY_OPEN.test(detail)) && !/\blimit\b/.test(text);
    return isWhole || /\boffset\b|count\(\*\)/.test(text);
  });
  database.close();
  const strange = whole.filter(({ name }) => !PROOF.includes(name));
  return {
    ...{ id: 'P11', what: 'statements with OFFSET, a count or a look through a whole table', ours: `${strange.length} of ${asked.length}`, floor: '–' },
    ...{ ratio: undefined, goal: '0', ok: strange.length === 0 },
    note: notes(`besides the proof of the record: ${PROOF.join(', ')}`, ...strange.map(({ name }) => name)),
  };
}
