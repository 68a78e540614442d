import { describe, expect, test } from 'vitest';
import type { Bench } from './contract.ts';
import { changeOf, openWith, rowOf, show, T0 } from './example.ts';

export function lookUpContract({ store, reopen }: Bench): void {
  describe('look-ups', () => {
    test('an empty store answers every question', async () => {
      expect(await store().find('INC-1')).toBeUndefined();
      expect(await store().findByChannel('C1')).toBeUndefined();
      expect(await store().events('INC-1')).toEqual([]);
      expect(await store().open()).toEqual([]);
      expect(await store().list({ limit: 10 })).toEqual([]);
      expect(await store().lastNumber()).toBe(0);
      expect(await store().signal('s', 'f')).toBeUndefined();
      expect(await store().nextDue()).toBeUndefined();
      expect(await store().tasks('INC-1')).toEqual([]);
      expect(await store().message('INC-1', 'card')).toBeUndefined();
      expect(await store().messages('INC-1')).toEqual([]);
      expect(await store().get('storeVersion')).toBeUndefined();
      expect(await store().counts()).toEqual({ inbox: 0, setAside: 0, tasks: 0, open: 0 });
      await store().check();
    });

    test('lists newest first, page by page, of one service if asked', async () => {
      for (let number = 1; number <= 9; number++) {
        const phase = number % 3 === 0 ? 'resolved' : 'open';
        await store().commit(changeOf(rowOf(number, { service: number % 2 ? 'shop' : 'cart', phase }), 0));
      }
      const numbers = async (page: { before?: number; limit: number; service?: string }) => (await store().list(page)).map(({ number }) => number);
      expect(await numbers({ limit: 4 })).toEqual([9, 8, 7, 6]);
      expect(await numbers({ limit: 4, before: 6 })).toEqual([5, 4, 3, 2]);
      expect(await numbers({ limit: 4, before: 2 })).toEqual([1]);
      expect(await numbers({ limit: 3, service: 'cart' })).toEqual([8, 6, 4]);
      expect(await numbers({ limit: 3, service: 'cart', before: 4 })).toEqual([2]);
      expect(await numbers({ limit: 3, service: 'none' })).toEqual([]);
      expect((await store().open()).map(({ number }) => number)).toEqual([8, 7, 5, 4, 2, 1]);
      expect(await store().lastNumber()).toBe(9);
    });

    test('finds the incident of a channel, the newest when a channel was used twice', async () => {
      await store().commit(changeOf(rowOf(1, { channel: 'C1' }), 0));
      await store().commit(changeOf(rowOf(2, { channel: 'C1' }), 0));
      expect((await store().findByChannel('C1'))?.id).toBe('INC-2');
    });

    test('counts a repeated signal and remembers when it was first seen', async () => {
      const seen = { source: 'alertmanager', fingerprint: 'f1', incident: undefined };
      await store().commit({ signals: [{ ...seen, state: 'firing', at: T0 }], at: T0 });
      await store().commit({ signals: [{ ...seen, state: 'firing', at: T0 + 1 }], at: T0 });
      await store().commit({ signals: [{ ...seen, state: 'resolved', incident: 'INC-1', at: T0 + 2 }], at: T0 });
      expect(await (await reopen()).signal('alertmanager', 'f1')).toEqual({ ...seen, state: 'resolved', incident: 'INC-1', at: T0 + 2, count: 3, firstAt: T0 });
    });

    test('keeps one message per slot and the latest word about it', async () => {
      await openWith(store(), 1, []);
      await store().putMessage('INC-1', { slot: 'chart', channel: 'C1', ts: '1.1', memo: { file: 'F1' } });
      await store().putMessage('INC-1', { slot: 'card', channel: 'C1', ts: '1.0', memo: null });
      await store().putMessage('INC-1', { slot: 'chart', channel: 'C1', ts: '1.1', memo: { file: 'F2' } });
      const chart = { slot: 'chart', channel: 'C1', ts: '1.1', memo: { file: 'F2' } };
      const again = await reopen();
      expect(await again.message('INC-1', 'chart')).toEqual(chart);
      expect(await again.messages('INC-1')).toEqual([{ slot: 'card', channel: 'C1', ts: '1.0', memo: null }, chart]);
    });

    test('keeps small values, null among them', async () => {
      await store().put('poll', { at: [1, 2.5, 'x'] });
      await store().put('nothing', null);
      await store().put('poll', { at: [3] });
      const again = await reopen();
      expect(await again.get('poll')).toEqual({ at: [3] });
      expect(await again.get('nothing')).toBeNull();
    });

    test('counts what waits, and counts the same after a restart', async () => {
      await openWith(store(), 1, [show('card'), show('chart')]);
      await openWith(store(), 2, [show('card')]);
      await store().commit(changeOf(rowOf(1, { phase: 'mitigated' }), 1, { cancel: ['show:chart'] }));
      await store().commit(changeOf(rowOf(2, { phase: 'resolved' }), 1));
      await store().commit(changeOf(rowOf(1), 1, { effects: [show('lost')], cancel: ['show:card'] })); // a conflict: counts nothing
      await store().accept({ source: 's', body: 'b', receivedAt: T0 });
      const expected = { inbox: 1, setAside: 0, tasks: 2, open: 1 };
      expect(await store().counts()).toEqual(expected);
      expect(await (await reopen()).counts()).toEqual(expected);
    });

    test('sees what was written just before, without waiting for the write', async () => {
      const writing = store().put('k', 1);
      expect(await store().get('k')).toBe(1);
      await writing;
    });

    test('refuses calls after it was closed, and closing twice is fine', async () => {
      await store().close();
      await store().close();
      await expect(store().accept({ source: 's', body: 'b', receivedAt: T0 })).rejects.toMatchObject({ code: 'E_STORE' });
      await expect(store().find('INC-1')).rejects.toMatchObject({ code: 'E_STORE' });
    });
  });
}
