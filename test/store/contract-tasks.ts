import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/core/model.ts';
import type { Bench } from './contract.ts';
import { changeOf, claimAt, claimOne, LEASE_MS, openWith, rowOf, SETTLE_MS, show, T0 } from './example.ts';

const wake = (due: number): Effect => ({ kind: 'wake', timer: { name: 'noLead' }, key: 'wake:noLead', due });

export function taskContract({ store }: Bench): void {
  const keysAt = async (now: number, limit?: number) => (await claimAt(store(), now, limit)).map(({ effect }) => effect.key);
  const later = { due: T0 + 60_000, unclear: false, memo: null, counts: true, because: 'Slack answered 500' };

  describe('tasks', () => {
    test('hands out what is due, oldest first, and each task to one caller only', async () => {
      await openWith(store(), 1, [show('c', T0 + 2), show('a', T0 + 1), wake(T0 + 5_000), show('b', T0 + 1)]);
      expect(await store().nextDue()).toBe(T0 + 1);
      expect(await keysAt(T0)).toEqual([]);
      const both = await Promise.all([keysAt(T0 + 2, 2), keysAt(T0 + 2, 2)]);
      expect(both).toEqual([['show:a', 'show:b'], ['show:c']]);
      expect(await store().nextDue()).toBe(T0 + 5_000);
      expect(await keysAt(T0 + 5_000)).toEqual(['wake:noLead']);
    });

    test('a claimed task carries its effect, attempt 1, no memo and the time of its birth', async () => {
      await openWith(store(), 1, [show('card')]);
      const task = await claimOne(store(), T0 + 1);
      expect(task).toEqual({
        id: expect.any(Number),
        incident: 'INC-1',
        effect: show('card'),
        token: expect.stringMatching(/^.{20,}$/),
        attempt: 1,
        unclearSince: undefined,
        memo: null,
        createdAt: T0,
      });
    });

    test('adding a key that waits replaces its effect and its time', async () => {
      await openWith(store(), 1, [wake(T0 + 1_000)]);
      await store().commit(changeOf(rowOf(1), 1, { effects: [wake(T0 + 9_000)] }));
      expect(await keysAt(T0 + 1_000)).toEqual([]);
      expect((await claimOne(store(), T0 + 9_000)).effect).toEqual(wake(T0 + 9_000));
    });

    test('what only shows keeps the earlier of two moments, however often a later one is wished for, and may come sooner', async () => {
      await openWith(store(), 1, [show('card', T0 + 5_000)]);
      for (let version = 1; version <= 3; version += 1)
        await store().commit(changeOf(rowOf(1), version, { effects: [show('card', T0 + 5_000 + version * 15_000)] }));
      expect(await store().nextDue()).toBe(T0 + 5_000);
      await store().commit(changeOf(rowOf(1), 4, { effects: [show('card', T0 + 1_000)] }));
      expect(await keysAt(T0 + 999)).toEqual([]);
      await store().finish(await claimOne(store(), T0 + 1_000), T0 + 1_000);
      expect(await store().nextDue()).toBeUndefined();
    });

    test('the once more of what only shows keeps the earlier moment, too, also where the first run was put off', async () => {
      await openWith(store(), 1, [show('card')]);
      const first = await claimOne(store(), T0);
      for (const [version, due] of [T0 + 300, T0 + 15_000, T0 + 200, T0 + 30_000].entries())
        await store().commit(changeOf(rowOf(1), version + 1, { effects: [show('card', due)] }));
      await store().finish(first, T0 + 100);
      expect(await store().nextDue()).toBe(T0 + 200);
      const second = await claimOne(store(), T0 + 200);
      await store().commit(changeOf(rowOf(1), 5, { effects: [show('card', T0 + 15_000)] }));
      await store().postpone(second, { ...later, due: T0 + 700 });
      expect(await store().nextDue()).toBe(T0 + 700);
      const third = await claimOne(store(), T0 + 700);
      await store().commit(changeOf(rowOf(1), 6, { effects: [show('card', T0 + 800)] }));
      await store().postpone(third, later);
      expect(await store().nextDue()).toBe(T0 + 800);
    });

    test('adding a key that is being performed makes it run exactly once more, with the latest effect', async () => {
      await openWith(store(), 1, [wake(T0)]);
      const first = await claimOne(store(), T0);
      for (const [version, due] of [T0 + 100, T0 + 300].entries()) await store().commit(changeOf(rowOf(1), version + 1, { effects: [wake(due)] }));
      expect(await claimAt(store(), T0 + 500)).toEqual([]);
      expect(await store().finish(first, T0 + 200)).toBe(true);
      expect(await store().nextDue()).toBe(T0 + 300);
      const second = await claimOne(store(), T0 + 300);
      expect(second).toMatchObject({ effect: wake(T0 + 300), attempt: 1, createdAt: T0 + 200 });
      expect(await store().finish(first, T0)).toBe(false);
      expect(await store().finish(second, T0)).toBe(true);
      expect(await store().nextDue()).toBeUndefined();
    });

    test('the once more survives a postponement, and takes its place', async () => {
      await openWith(store(), 1, [wake(T0)]);
      const first = await claimOne(store(), T0);
      await store().commit(changeOf(rowOf(1), 1, { effects: [wake(T0 + 10)] }));
      expect(await store().postpone(first, { ...later, memo: { seen: 1 }, counts: false })).toBe(true);
      const second = await claimOne(store(), T0 + 10);
      expect(second).toMatchObject({ effect: wake(T0 + 10), memo: { seen: 1 } });
      await store().finish(second, T0);
      expect(await store().nextDue()).toBeUndefined();
    });

    test('cancelling a key that is being performed takes back only its once more', async () => {
      await openWith(store(), 1, [wake(T0)]);
      const task = await claimOne(store(), T0);
      await store().commit(changeOf(rowOf(1), 1, { effects: [wake(T0 + 1)] }));
      await store().commit(changeOf(rowOf(1), 2, { cancel: ['wake:noLead'] }));
      expect(await store().finish(task, T0)).toBe(true);
      expect(await store().tasks('INC-1')).toEqual([]);
    });

    test('a result may ask for its own key again', async () => {
      await openWith(store(), 1, [wake(T0)]);
      const task = await claimOne(store(), T0);
      expect(await store().commit(changeOf(rowOf(1), 1, { finishes: task, effects: [wake(T0 + 7)] }))).toEqual({ kind: 'done' });
      expect(await store().tasks('INC-1')).toEqual([{ key: 'wake:noLead', state: 'waiting', due: T0 + 7, attempt: 0, because: undefined }]);
    });

    test('a postponed task comes back at its time with memo and next attempt, and says why it waits', async () => {
      await openWith(store(), 1, [show('card')]);
      await store().postpone(await claimOne(store(), T0), { ...later, memo: ['m'] });
      expect(await store().tasks('INC-1')).toEqual([{ key: 'show:card', state: 'waiting', due: T0 + 60_000, attempt: 1, because: 'Slack answered 500' }]);
      expect(await claimAt(store(), T0 + 59_999)).toEqual([]);
      const task = await claimOne(store(), T0 + 60_000);
      expect(task).toMatchObject({ attempt: 2, memo: ['m'], unclearSince: undefined });
      expect(await store().tasks('INC-1')).toMatchObject([{ state: 'running', because: 'Slack answered 500' }]);
      await store().postpone(task, { ...later, due: T0 + 70_000, counts: false });
      expect((await claimOne(store(), T0 + 70_000)).attempt).toBe(2);
    });

    test('an unclear end is remembered from its first call on until an attempt is surely without effect', async () => {
      await openWith(store(), 1, [show('card')]);
      const first = await claimOne(store(), T0);
      expect(await store().begin(first, T0 + 5)).toBe(true);
      expect(await store().begin(first, T0 + 9)).toBe(true);
      await store().postpone(first, { ...later, unclear: true });
      const second = await claimOne(store(), T0 + 60_000);
      expect(second.unclearSince).toBe(T0 + 5);
      await store().begin(second, T0 + 60_001);
      await store().postpone(second, { ...later, due: T0 + 80_000, unclear: true });
      const third = await claimOne(store(), T0 + 80_000);
      expect(third.unclearSince).toBe(T0 + 5);
      await store().postpone(third, { ...later, due: T0 + 90_000, unclear: false });
      expect((await claimOne(store(), T0 + 90_000)).unclearSince).toBeUndefined();
    });

    test('a new effect never makes an unclear task come sooner; it runs after the old one is settled', async () => {
      await openWith(store(), 1, [wake(T0)]);
      const first = await claimOne(store(), T0);
      await store().begin(first, T0);
      await store().postpone(first, { ...later, due: T0 + SETTLE_MS, unclear: true });
      await store().commit(changeOf(rowOf(1), 1, { effects: [wake(T0 + 1)] }));
      expect(await claimAt(store(), T0 + SETTLE_MS - 1)).toEqual([]);
      const second = await claimOne(store(), T0 + SETTLE_MS);
      expect(second).toMatchObject({ effect: wake(T0), unclearSince: T0 });
      await store().finish(second, T0 + SETTLE_MS);
      expect(await claimOne(store(), T0 + SETTLE_MS)).toMatchObject({ effect: wake(T0 + 1), unclearSince: undefined });
    });
  });
}

export function leaseContract({ store, reopen }: Bench): void {
  describe('leases', () => {
    test('a lease that runs out before the outside was called is handed out at once, and the old token is worth nothing', async () => {
      await openWith(store(), 1, [show('card')]);
      const lost = await claimOne(store(), T0);
      expect(await claimAt(store(), T0 + LEASE_MS - 1)).toEqual([]);
      expect(await store().nextDue()).toBe(T0 + LEASE_MS);
      const found = await claimOne(store(), T0 + LEASE_MS);
      expect(found).toMatchObject({ id: lost.id, attempt: 2, unclearSince: undefined });
      expect(await store().begin(lost, T0)).toBe(false);
      expect(await store().beat(lost, T0 + 1e9)).toBe(false);
      expect(await store().finish(lost, T0)).toBe(false);
      expect(await store().postpone(lost, { due: T0, unclear: false, memo: null, counts: true, because: '' })).toBe(false);
      expect(await store().finish(found, T0)).toBe(true);
    });

    test('a heartbeat makes the lease longer', async () => {
      await openWith(store(), 1, [show('card')]);
      const task = await claimOne(store(), T0);
      expect(await store().beat(task, T0 + 2 * LEASE_MS)).toBe(true);
      expect(await claimAt(store(), T0 + 2 * LEASE_MS - 1)).toEqual([]);
      expect(await claimAt(store(), T0 + 2 * LEASE_MS)).toHaveLength(1);
    });

    test('a lease that runs out after the outside was called is unclear, and settles before it is handed out', async () => {
      await openWith(store(), 1, [show('card')]);
      const lost = await claimOne(store(), T0);
      await store().begin(lost, T0 + 10);
      await store().begin(lost, T0 + LEASE_MS - 1);
      const settled = T0 + LEASE_MS - 1 + SETTLE_MS;
      expect(await claimAt(store(), T0 + LEASE_MS)).toEqual([]);
      expect(await store().nextDue()).toBe(settled);
      expect(await store().finish(lost, T0)).toBe(false);
      expect(await claimAt(store(), settled - 1)).toEqual([]);
      expect(await claimOne(store(), settled)).toMatchObject({ id: lost.id, attempt: 2, unclearSince: T0 + 10 });
    });

    test('who is claimed to begin has begun: it is unclear after a lost lease, the others are not', async () => {
      await openWith(store(), 1, [show('card'), show('lines')]);
      const ask = { now: T0, limit: 10, leaseMs: LEASE_MS, settleMs: SETTLE_MS };
      expect(await store().claim({ ...ask, begins: ['openChannel', 'show:card'] })).toMatchObject([{ unclearSince: undefined }, { unclearSince: undefined }]);
      const found = await claimAt(store(), T0 + LEASE_MS + SETTLE_MS);
      expect(found.map(({ effect, unclearSince }) => [effect.key, unclearSince])).toEqual([
        ['show:card', T0],
        ['show:lines', undefined],
      ]);
    });

    test('a change that begins a task stands with its mark, or with a lost lease not at all', async () => {
      await openWith(store(), 1, [show('card')]);
      const begins = await claimOne(store(), T0);
      const change = (version: number) => ({ ...changeOf(rowOf(1), version, { effects: [wake(T0 + 1e9)] }), begins, at: T0 + 7 });
      expect(await store().commit(change(1))).toEqual({ kind: 'done' });
      expect(await claimOne(store(), T0 + LEASE_MS + SETTLE_MS)).toMatchObject({ id: begins.id, unclearSince: T0 + 7 });
      const before = await store().find('INC-1');
      expect(await store().commit(change(before?.version ?? 0))).toEqual({ kind: 'lost' });
      expect(await store().find('INC-1')).toEqual(before);
    });

    test('a lease found lost long after the settle time is handed out at once, unclear', async () => {
      await openWith(store(), 1, [show('card')]);
      await store().begin(await claimOne(store(), T0), T0 + 10);
      expect(await claimOne(store(), T0 + LEASE_MS + SETTLE_MS)).toMatchObject({ attempt: 2, unclearSince: T0 + 10 });
    });

    test('what was running when the process died waits for nobody; only what had called the outside settles first', async () => {
      await openWith(store(), 1, [show('begun'), show('untouched'), show('waiting', T0 + 900_000)]);
      const running = await claimAt(store(), T0);
      const begun = running.find(({ effect }) => effect.key === 'show:begun');
      await (begun && store().begin(begun, T0 + 1));
      const again = await reopen();
      for (const task of running) expect(await again.finish(task, T0)).toBe(false);
      expect((await claimAt(again, T0 + 2)).map(({ effect, unclearSince }) => [effect.key, unclearSince])).toEqual([['show:untouched', undefined]]);
      expect(await again.nextDue()).toBe(T0 + 1 + SETTLE_MS);
      expect((await claimAt(again, T0 + 1 + SETTLE_MS)).map(({ effect, unclearSince }) => [effect.key, unclearSince])).toEqual([['show:begun', T0 + 1]]);
    });
  });
}
