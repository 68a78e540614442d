import { describe, expect, test } from 'vitest';
import type { Bench } from './contract.ts';
import { changeOf, rowOf, T0 } from './example.ts';

export function inboxContract({ store, reopen }: Bench): void {
  const bodies = async (limit = 100) => (await store().deliveries(limit)).map(({ body }) => body);
  const accept = (body: string) => store().accept({ source: 'alertmanager', body, receivedAt: T0 });

  describe('inbox', () => {
    test('keeps every accepted body, byte for byte and in the order of acceptance', async () => {
      const odd = ['{"a":1}', '', 'ünïcode 🚒\n', 'x'.repeat(1_000_000), "'; drop table inbox; --"];
      const ids: number[] = [];
      for (const body of odd) ids.push(await accept(body));
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(await bodies()).toEqual(odd);
      expect(await store().deliveries(2)).toEqual([
        { id: ids[0], source: 'alertmanager', body: odd[0], receivedAt: T0 },
        { id: ids[1], source: 'alertmanager', body: odd[1], receivedAt: T0 },
      ]);
    });

    test('takes a delivery with a word once, whoever says it again, and after 72 hours anew', async () => {
      const delivery = { source: 'github', body: '{}', receivedAt: T0 };
      const answers = await Promise.all([1, 2, 3].map(() => store().acceptOnce(delivery, 'github:1')));
      expect(answers.toSorted()).toEqual([false, false, true]);
      expect(await store().acceptOnce(delivery, 'github:2')).toBe(true);
      const again = await reopen();
      expect(await again.acceptOnce({ ...delivery, receivedAt: T0 + 72 * 3_600_000 }, 'github:1')).toBe(false);
      expect(await again.acceptOnce({ ...delivery, receivedAt: T0 + 72 * 3_600_000 + 1 }, 'github:1')).toBe(true);
      expect(await again.deliveries(9)).toHaveLength(3);
    });

    test('has everything that was accepted after a restart', async () => {
      await Promise.all(Array.from({ length: 200 }, (_, n) => accept(`body ${n}`)));
      const again = await reopen();
      expect(new Set((await again.deliveries(1000)).map(({ body }) => body)).size).toBe(200);
    });

    test('forgets a delivery when the change that used it up is committed, and never uses its number again', async () => {
      const used = await accept('used');
      expect(await store().commit({ deliveries: [used], at: T0 })).toEqual({ kind: 'done' });
      expect(await bodies()).toEqual([]);
      expect(await accept('next')).toBeGreaterThan(used);
    });

    test('keeps a delivery whose change was refused', async () => {
      const id = await accept('still here');
      await store().commit(changeOf(rowOf(1), 0));
      expect(await store().commit(changeOf(rowOf(1), 0, { deliveries: [id] }))).toEqual({ kind: 'conflict' });
      expect(await bodies()).toEqual(['still here']);
    });

    test('counts a delivery that was set aside, and never hands it out again', async () => {
      const id = await accept('not JSON');
      await accept('good');
      await store().setAside(id, 'E_JSON_SYNTAX at 1:1', T0);
      await store().setAside(id, 'E_JSON_SYNTAX at 1:1', T0);
      expect(await bodies()).toEqual(['good']);
      expect(await store().counts()).toEqual({ inbox: 1, setAside: 1, tasks: 0, open: 0 });
      expect(await (await reopen()).counts()).toEqual({ inbox: 1, setAside: 1, tasks: 0, open: 0 });
    });
  });
}
