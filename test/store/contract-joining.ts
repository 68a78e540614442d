import { describe, expect, test } from 'vitest';
import type { Outline } from '../../src/core/correlate.ts';
import type { Held } from '../../src/core/hold.ts';
import { signal } from '../core/given.ts';
import type { Bench } from './contract.ts';
import { changeOf, noted, rowOf, T0 } from './example.ts';

const outline: Outline = { scope: 'storm', services: ['shop', 'cart'], opened: 'person', joinedAt: T0 + 5, alerts: 7, suspect: 'v2', mergedInto: undefined };
const held = (fingerprint: string, more: Partial<Held> = {}): Held => ({
  ...{ signal: signal({ fingerprint, service: 'shop', labels: { a: 'b' } }), why: 'seldom', because: 'too seldom', until: T0 + 100, since: T0, times: [T0] },
  ...more,
});
const names = (list: readonly Held[]): readonly string[] => list.map((one) => one.signal.fingerprint);

export function joiningContract({ store, reopen }: Bench): void {
  describe('what correlation reads', () => {
    test('the outline of what is open, and of what ended since a moment; a reopened one is open', async () => {
      await store().commit(changeOf(rowOf(1), 0, { outline }));
      await store().commit(changeOf(rowOf(2), 0));
      await store().commit(changeOf(rowOf(2, { phase: 'resolved', updatedAt: T0 + 50 }), 1));
      await store().commit(changeOf(rowOf(2, { phase: 'resolved', updatedAt: T0 + 90 }), 2));
      const again = await reopen();
      const desk = await again.desk(T0 + 50);
      expect(desk.open).toEqual([{ id: 'INC-1', key: 'shop-1', service: 'shop', openedAt: T0, ...outline }]);
      expect(desk.closed).toMatchObject([{ id: 'INC-2', resolvedAt: T0 + 50, scope: 'service', alerts: 1 }]);
      expect((await again.desk(T0 + 51)).closed).toEqual([]);
      await again.commit(changeOf(rowOf(2), 3));
      expect((await again.desk(0)).closed).toEqual([]);
    });

    test('several incidents change together or not at all', async () => {
      await store().commit(changeOf(rowOf(1), 0));
      const also = (number: number, expected: number) => ({
        row: { ...rowOf(number), version: expected + 1 },
        expected,
        events: [noted('n')],
        effects: [],
        cancel: [],
      });
      expect(await store().commit({ ...changeOf(rowOf(1), 1), also: [also(2, 0)] })).toEqual({ kind: 'done' });
      expect(await store().commit({ ...changeOf(rowOf(1), 2), also: [also(2, 0)], signals: [] })).toEqual({ kind: 'conflict' });
      expect([(await store().find('INC-1'))?.version, (await store().find('INC-2'))?.version]).toEqual([2, 1]);
    });

    test('alerts move one by one, by service, or all; and may change their place without having come again', async () => {
      const seen = (fingerprint: string, service: string) => ({ source: 's', fingerprint, state: 'firing' as const, incident: 'INC-1', at: T0, service });
      await store().commit({ signals: [seen('a', 'shop'), seen('b', 'shop'), seen('c', 'cart'), seen('d', 'cart')], at: T0 });
      const home = async () => Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await store().signal('s', name))?.incident));
      await store().commit({ moves: [{ from: 'INC-1', to: 'INC-2', what: { source: 's', fingerprint: 'a' } }], at: T0 });
      await store().commit({ moves: [{ from: 'INC-1', to: 'INC-3', what: { service: 'cart' } }], at: T0 });
      expect(await home()).toEqual(['INC-2', 'INC-1', 'INC-3', 'INC-3']);
      await store().commit({ moves: [{ from: 'INC-3', to: 'INC-1', what: 'all' }], at: T0 });
      expect(await home()).toEqual(['INC-2', 'INC-1', 'INC-1', 'INC-1']);
      await store().commit({ signals: [{ ...seen('a', 'shop'), incident: 'INC-4', counts: false }], at: T0 });
      expect(await store().signal('s', 'a')).toMatchObject({ incident: 'INC-4', count: 1, service: 'shop' });
    });

    test('held alerts, those whose time is up first, kept over a restart and forgotten when let go', async () => {
      await store().commit({ holds: [held('late', { until: T0 + 300 }), held('soon'), held('silent', { why: 'snooze', until: T0 + 200, times: [] })], at: T0 });
      const again = await reopen();
      expect(await again.nextHeld()).toBe(T0 + 100);
      expect(names(await again.heldUntil(T0 + 200, 10))).toEqual(['soon', 'silent']);
      expect(names(await again.seldom('shop'))).toEqual(expect.arrayContaining(['late', 'soon']));
      expect(await again.seldom('cart')).toEqual([]);
      expect(await again.held('alertmanager', 'soon')).toEqual(held('soon'));
      await again.commit({
        holds: [held('soon', { until: T0 + 900, since: T0 + 1, times: [T0, T0 + 1] })],
        unheld: [{ source: 'alertmanager', fingerprint: 'late' }],
        at: T0,
      });
      expect(await again.held('alertmanager', 'soon')).toMatchObject({ until: T0 + 900, since: T0, times: [T0, T0 + 1] });
      await again.hastenHeld('snooze', T0 + 1);
      expect(names(await again.heldUntil(T0 + 1, 10))).toEqual(['silent']);
      expect(await again.held('alertmanager', 'late')).toBeUndefined();
    });

    test('snoozes as long as they last', async () => {
      const snooze = { services: ['shop'], labels: undefined, until: T0 + 100, reason: 'r', by: { slackId: 'U0ADA', name: 'Ada' }, at: T0 };
      const id = await store().addSnooze(snooze);
      const again = await reopen();
      expect(await again.snoozes(T0 + 99)).toEqual([{ ...snooze, id }]);
      expect(await again.snoozes(T0 + 100)).toEqual([]);
      expect([await again.dropSnooze(id), await again.dropSnooze(id)]).toEqual([true, false]);
    });
  });
}
