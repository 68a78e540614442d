import { describe, expect, test } from 'vitest';
import { proveAudit } from '../../src/store/audit.ts';
import { GENESIS, hashOf } from '../../src/store/chain.ts';
import type { Bench } from './contract.ts';
import { changeOf, noted, openWith, rowOf, T0 } from './example.ts';

export function auditContract({ store, reopen }: Bench): void {
  describe('the record of all events', () => {
    test('is empty and sound before anything happened', async () => {
      expect(await store().auditHead()).toEqual(GENESIS);
      expect(await store().auditOf('INC-1')).toEqual([]);
      expect(await proveAudit(store())).toEqual({ head: GENESIS, rows: 0, broken: undefined });
    });

    test('chains the events of all incidents in the order in which they were written, also over a restart', async () => {
      await store().commit(changeOf(rowOf(1), 0, { events: [noted('a'), noted('b')], at: T0 }));
      await store().commit(changeOf(rowOf(2), 0, { events: [noted('c')], at: T0 + 1 }));
      const again = await reopen();
      await again.commit(changeOf(rowOf(1), 2, { events: [noted('d')], at: T0 + 2 }));
      const rows = await again.auditPage(0, 10);
      expect(rows.map(({ seq, incident, number, at }) => [seq, incident, number, at])).toEqual([
        [1, 'INC-1', 0, T0],
        [2, 'INC-1', 1, T0],
        [3, 'INC-2', 0, T0 + 1],
        [4, 'INC-1', 2, T0 + 2],
      ]);
      let previous = GENESIS.hash;
      for (const row of rows) {
        expect(row.hash).toBe(hashOf(previous, { ...row, body: row.body ?? '' }));
        previous = row.hash;
      }
      expect(rows.map(({ body }) => JSON.parse(body ?? '').text)).toEqual(['a', 'b', 'c', 'd']);
      expect(await again.auditHead()).toEqual({ seq: 4, hash: previous });
      expect(await proveAudit(again)).toEqual({ head: { seq: 4, hash: previous }, rows: 4, broken: undefined });
    });

    test('gives one incident its rows, each with what it is chained to', async () => {
      await store().commit(changeOf(rowOf(1), 0));
      await store().commit(changeOf(rowOf(2), 0));
      await store().commit(changeOf(rowOf(1), 1));
      const all = await store().auditPage(0, 10);
      const mine = await store().auditOf('INC-1');
      expect(mine.map(({ seq, number }) => [seq, number])).toEqual([
        [1, 0],
        [3, 1],
      ]);
      expect(mine.map(({ previous }) => previous)).toEqual([GENESIS.hash, all[1]?.hash]);
    });

    test('knows nothing of a change that was refused', async () => {
      await openWith(store(), 1, []);
      await store().commit(changeOf(rowOf(1), 0));
      await store().commit(changeOf(rowOf(1), 7));
      await store().commit({ ...changeOf(rowOf(1), 1), finishes: { id: 99, token: 'lost' } });
      await store()
        .commit(changeOf(rowOf(2), 0, { effects: [{ kind: 'look', key: 'look', due: Number.NaN }] }))
        .catch(() => undefined); // fails after its events were written
      expect(await proveAudit(store())).toMatchObject({ rows: 1, broken: undefined });
    });

    test('has no gap and no fork when many incidents are written at once', async () => {
      await Promise.all(Array.from({ length: 60 }, (_, n) => store().commit(changeOf(rowOf(n + 1), 0, { events: [noted('a'), noted('b')] }))));
      const rivals = Array.from({ length: 60 }, (_, n) => store().commit(changeOf(rowOf((n % 3) + 1), 2)));
      expect((await Promise.all(rivals)).filter(({ kind }) => kind === 'done')).toHaveLength(3);
      expect(await proveAudit(store())).toMatchObject({ rows: 123, broken: undefined });
      expect((await store().auditPage(120, 10)).map(({ seq }) => seq)).toEqual([121, 122, 123]);
      expect((await store().auditPage(0, 2)).map(({ seq }) => seq)).toEqual([1, 2]);
    });

    test('is proved page by page while more is being written', async () => {
      await store().commit(changeOf(rowOf(1), 0, { events: Array.from({ length: 1_200 }, (_, n) => noted(`${n}`)) }));
      const proof = proveAudit(store());
      await store().commit(changeOf(rowOf(1), 1_200));
      expect(await proof).toMatchObject({ broken: undefined });
      expect([1_200, 1_201]).toContain((await proof).rows);
    });
  });
}
