import { describe, expect, test } from 'vitest';
import { type AuditRow, GENESIS, hashOf, nameBreak, soundRows } from '../../src/store/chain.ts';
import { T0 } from './example.ts';

const TAMPERINGS = 1_000;
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** Mulberry32: the same seed is always the same story. */
function random(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A record of three incidents whose events come mixed. */
function record(length: number, below: (n: number) => number): AuditRow[] {
  const numbers = [0, 0, 0];
  let previous = GENESIS.hash;
  return Array.from({ length }, (_, index) => {
    const which = below(3);
    const number = numbers[which] ?? 0;
    numbers[which] = number + 1;
    const body = JSON.stringify({ kind: 'noted', text: `${index} ${below(1e9)}`, at: T0 + index, by: { kind: 'bot' }, because: 'ü 🚒 \ud800' });
    const row = { seq: index + 1, incident: `INC-${which + 1}`, number, at: T0 + index, body };
    previous = hashOf(previous, row);
    return { ...row, hash: previous };
  });
}

const renumber = (rows: readonly AuditRow[]): AuditRow[] => rows.map((row, index) => ({ ...row, seq: index + 1 }));
const sound = (rows: readonly AuditRow[]): boolean => soundRows(GENESIS, rows) === rows.length;

/** What is said about the first broken place of rows as the database would give them: ordered by their number. */
function said(rows: readonly AuditRow[]) {
  const ordered = rows.toSorted((a, b) => a.seq - b.seq);
  const good = soundRows(GENESIS, ordered);
  return good === ordered.length ? undefined : nameBreak(ordered[good - 1] ?? GENESIS, ordered.slice(good));
}

type Tamper = (rows: AuditRow[], at: number, below: (n: number) => number) => { rows: readonly AuditRow[]; kind: string; seq: number };

/** Each leaves at least two sound rows after the place, as a real record would. `seq` is the first place that is not as it was written. */
const TAMPERINGS_OF: Readonly<Record<string, Tamper>> = {
  'an event is worded otherwise': (rows, at) => ({ rows: put(rows, at, { body: rows[at]?.body?.replace('noted', 'n0ted') }), kind: 'changed', seq: at + 1 }),
  'one letter of an event': (rows, at, below) => {
    const body = rows[at]?.body ?? '';
    const place = below(body.length);
    return { rows: put(rows, at, { body: `${body.slice(0, place)}${body[place] === 'x' ? 'y' : 'x'}${body.slice(place + 1)}` }), kind: 'changed', seq: at + 1 };
  },
  'a space in an event': (rows, at) => ({ rows: put(rows, at, { body: `${rows[at]?.body} ` }), kind: 'changed', seq: at + 1 }),
  'the time of a row': (rows, at) => ({ rows: put(rows, at, { at: T0 - 1 }), kind: 'changed', seq: at + 1 }),
  'the incident of a row': (rows, at) => ({ rows: put(rows, at, { incident: 'INC-9' }), kind: 'changed', seq: at + 1 }),
  'the number of an event': (rows, at) => ({ rows: put(rows, at, { number: 99 }), kind: 'changed', seq: at + 1 }),
  'the hash of a row': (rows, at) => ({
    rows: put(rows, at, { hash: rows[at]?.hash.replace(/^./, (d) => (d === '0' ? '1' : '0')) ?? '' }),
    kind: 'changed',
    seq: at + 1,
  }),
  'a changed row with its hash made to fit': (rows, at) => {
    const body = JSON.stringify({ kind: 'noted', text: 'nobody approved this' });
    const row = rows[at] as AuditRow; // `at` is within the rows
    return { rows: put(rows, at, { body, hash: hashOf(rows[at - 1]?.hash ?? GENESIS.hash, { ...row, body }) }), kind: 'any', seq: at + 2 };
  },
  'a row is gone': (rows, at) => ({ rows: rows.toSpliced(at, 1), kind: 'removed', seq: at + 1 }),
  'several rows are gone': (rows, at, below) => ({ rows: rows.toSpliced(at, 1 + below(3)), kind: 'removed', seq: at + 1 }),
  'a row is gone and the rest is numbered anew': (rows, at) => ({ rows: renumber(rows.toSpliced(at, 1)), kind: 'removed', seq: at + 1 }),
  'an event is gone': (rows, at) => ({ rows: put(rows, at, { body: undefined }), kind: 'removed', seq: at + 1 }),
  'two neighbours are exchanged': (rows, at) => ({ rows: exchange(rows, at, at + 1), kind: 'reordered', seq: at + 1 }),
  'two distant rows are exchanged': (rows, at, below) => ({ rows: exchange(rows, at, at + 2 + below(5)), kind: 'reordered', seq: at + 1 }),
  'the events of two rows are exchanged': (rows, at, below) => {
    const other = at + 1 + below(5);
    const [one, two] = [rows[at]?.body, rows[other]?.body];
    return { rows: put(put(rows, at, { body: two }), other, { body: one }), kind: 'reordered', seq: at + 1 };
  },
  'a row is moved to a later place': (rows, at) => {
    const row = rows[at] as AuditRow; // as above
    return { rows: renumber(rows.toSpliced(at, 1).toSpliced(at + 3, 0, row)), kind: 'reordered', seq: at + 1 };
  },
  'a row is moved to an earlier place': (rows, at) => {
    const row = rows[at + 3] as AuditRow; // as above
    return { rows: renumber(rows.toSpliced(at + 3, 1).toSpliced(at, 0, row)), kind: 'reordered', seq: at + 1 };
  },
  'a foreign row is put in': (rows, at) => {
    const body = JSON.stringify({ kind: 'rollbackApproved' });
    const row = { seq: at + 1, incident: 'INC-1', number: 999, at: T0, body };
    const hash = hashOf(rows[at - 1]?.hash ?? GENESIS.hash, row);
    return {
      rows: renumber(rows.toSpliced(at, 0, { ...row, hash: hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) })),
      kind: 'inserted',
      seq: at + 1,
    };
  },
  'a foreign row that fits the one before it is put in': (rows, at) => {
    const row = { seq: at + 1, incident: 'INC-1', number: 999, at: T0, body: '{}' };
    const hash = hashOf(rows[at - 1]?.hash ?? GENESIS.hash, row);
    return { rows: renumber(rows.toSpliced(at, 0, { ...row, hash })), kind: 'any', seq: at + 2 };
  },
  'a row is there twice': (rows, at) => ({ rows: renumber(rows.toSpliced(at + 1, 0, rows[at] as AuditRow)), kind: 'inserted', seq: at + 2 }), // as above
};

const put = (rows: readonly AuditRow[], at: number, change: Partial<AuditRow>): AuditRow[] =>
  rows.map((row, index) => (index === at ? { ...row, ...change } : row));

function exchange(rows: readonly AuditRow[], a: number, b: number): AuditRow[] {
  const [one, two] = [rows[a] as AuditRow, rows[b] as AuditRow]; // both are within the rows
  return renumber(rows.toSpliced(a, 1, two).toSpliced(b, 1, one));
}

describe('the chain', () => {
  test('is the same for everybody who computes it', () => {
    const row = { seq: 1, incident: 'INC-1', number: 0, at: 1_795_165_200_000, body: '{"kind":"noted"}' };
    // printf '%064d%s' 0 '{"at":1795165200000,"body":"{\"kind\":\"noted\"}","incident":"INC-1","number":0,"seq":1}' | sha256sum
    expect(hashOf(GENESIS.hash, row)).toBe('38b273baa25eacce5a579cb6664bca3fa75a7c961ef0f7b1dd4df924c2da83e1');
  });

  test('a record nobody touched is sound, whole or in part', () => {
    const rows = record(50, random(seed));
    expect(sound(rows)).toBe(true);
    expect(soundRows(rows[19] ?? GENESIS, rows.slice(20))).toBe(30);
    expect(soundRows(rows[18] ?? GENESIS, rows.slice(20))).toBe(0);
  });

  test(`each of ${TAMPERINGS} random tamperings is found at its place and called by its name (seed ${seed})`, () => {
    const below = random(seed);
    const names = Object.keys(TAMPERINGS_OF);
    for (let n = 0; n < TAMPERINGS; n++) {
      const name = names[n % names.length] ?? '';
      const rows = record(20 + below(30), below);
      const at = below(rows.length - 10);
      const done = TAMPERINGS_OF[name]?.(rows, at, below);
      const found = done && said(done.rows);
      const where = `${name}, place ${at} of ${rows.length}, number ${n}, seed ${seed}`;
      expect(found?.seq, where).toBe(done?.seq);
      if (done?.kind !== 'any') expect(found?.kind, where).toBe(done?.kind);
      expect(found?.because, where).toMatch(/row|event/);
    }
  });

  test('the end that was cut off is named when it is known how far it went', () => {
    const rows = record(5, random(seed));
    expect(nameBreak(rows[4] as AuditRow, [])).toEqual({
      kind: 'removed',
      seq: 6,
      incident: undefined,
      number: undefined,
      because: 'row 6 and all after it are gone',
    }); // five rows were made
  });
});
