import { describe, expect, test } from 'vitest';
import type { Bench } from './contract.ts';
import { changeOf, claimAt, claimOne, noted, openWith, rowOf, show, T0 } from './example.ts';

const DONE = { kind: 'done' };
const CONFLICT = { kind: 'conflict' };
const HOUR_MS = 3_600_000;

export function commitContract({ store, reopen }: Bench): void {
  describe('commit', () => {
    test('creates an incident with its events in order, and numbers events without gaps', async () => {
      const row = rowOf(1);
      expect(await store().commit(changeOf(row, 0, { events: [noted('a'), noted('b')] }))).toEqual(DONE);
      expect(await store().commit(changeOf({ ...row, title: 'worse', phase: 'mitigated', channel: 'C1' }, 2, { events: [noted('c')] }))).toEqual(DONE);
      const again = await reopen();
      expect(await again.events('INC-1')).toEqual([noted('a'), noted('b'), noted('c')].map((event) => JSON.parse(JSON.stringify(event))));
      expect(await again.events('INC-1', 2)).toHaveLength(1);
      expect(await again.find('INC-1')).toEqual({ ...row, title: 'worse', phase: 'mitigated', channel: 'C1', version: 3 });
    });

    test('lets exactly one of many changes with the same expected version through', async () => {
      await openWith(store(), 1, []);
      const changes = Array.from({ length: 50 }, (_, n) => changeOf(rowOf(1), 1, { events: [noted(`rival ${n}`)], effects: [show(`slot${n}`)] }));
      const outcomes = await Promise.all(changes.map((change) => store().commit(change)));
      expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(49);
      expect(await store().events('INC-1')).toHaveLength(2);
      expect(await store().tasks('INC-1')).toHaveLength(1);
    });

    test('never has two incidents with the same key that are not resolved', async () => {
      expect(await store().commit(changeOf(rowOf(1, { key: 'shop' }), 0))).toEqual(DONE);
      expect(await store().commit(changeOf(rowOf(2, { key: 'shop' }), 0))).toEqual(CONFLICT);
      expect(await store().commit(changeOf(rowOf(1, { key: 'shop', phase: 'mitigated' }), 1))).toEqual(DONE);
      expect(await store().commit(changeOf(rowOf(2, { key: 'shop' }), 0))).toEqual(CONFLICT);
      expect(await store().commit(changeOf(rowOf(1, { key: 'shop', phase: 'resolved' }), 2))).toEqual(DONE);
      expect(await store().commit(changeOf(rowOf(2, { key: 'shop' }), 0))).toEqual(DONE);
      expect(await store().commit(changeOf(rowOf(1, { key: 'shop', phase: 'open' }), 3))).toEqual(CONFLICT); // reopening
      expect((await store().find('INC-1'))?.phase).toBe('resolved');
      expect((await store().open()).map(({ id }) => id)).toEqual(['INC-2']);
    });

    test('refuses a number or an id that is taken, and an incident that does not exist', async () => {
      await openWith(store(), 1, []);
      expect(await store().commit(changeOf(rowOf(1, { id: 'INC-X', key: 'x' }), 0))).toEqual(CONFLICT);
      expect(await store().commit(changeOf(rowOf(9, { id: 'INC-1', key: 'y' }), 0))).toEqual(CONFLICT);
      expect(await store().commit(changeOf(rowOf(7), 3))).toEqual(CONFLICT);
    });

    test('says once: the second change with the same word is a duplicate, before anything else is looked at', async () => {
      await openWith(store(), 1, []);
      expect(await store().commit(changeOf(rowOf(1), 1, { once: 'click:abc' }))).toEqual(DONE);
      expect(await store().commit(changeOf(rowOf(1), 1, { once: 'click:abc' }))).toEqual({ kind: 'duplicate' });
      expect(await store().commit({ once: 'click:abc', at: T0 })).toEqual({ kind: 'duplicate' });
      expect(await store().events('INC-1')).toHaveLength(2);
      expect(await (await reopen()).commit({ once: 'click:abc', at: T0 })).toEqual({ kind: 'duplicate' });
    });

    test('a refused change does not use up its word', async () => {
      await openWith(store(), 1, []);
      expect(await store().commit(changeOf(rowOf(1), 0, { once: 'w' }))).toEqual(CONFLICT);
      expect(await store().commit(changeOf(rowOf(1), 1, { once: 'w' }))).toEqual(DONE);
    });

    test('keeps a word 72 hours and then forgets it', async () => {
      const say = (at: number) => store().commit({ once: 'w', at });
      expect(await say(T0)).toEqual(DONE);
      expect(await say(T0 + 72 * HOUR_MS)).toEqual({ kind: 'duplicate' });
      expect(await say(T0 + 72 * HOUR_MS + 1)).toEqual(DONE);
      expect(await say(T0 + 73 * HOUR_MS)).toEqual({ kind: 'duplicate' });
    });

    test('a lock belongs to one incident until it is released, also over a restart', async () => {
      const lock = 'deploy:acme/shop:production';
      for (const number of [1, 2]) await openWith(store(), number, []);
      const take = (number: number, expected: number) => changeOf(rowOf(number), expected, { locks: { take: [lock] }, once: `take ${number} ${expected}` });
      expect(await store().commit(take(1, 1))).toEqual(DONE);
      expect(await store().commit(take(1, 2))).toEqual(DONE);
      const again = await reopen();
      expect(await again.commit(take(2, 1))).toEqual({ kind: 'locked', lock, holder: 'INC-1' });
      expect(await again.events('INC-2')).toHaveLength(1);
      expect(await again.commit(changeOf(rowOf(2), 1, { locks: { release: [lock] } }))).toEqual(DONE); // not its own: changes nothing
      expect(await again.commit(take(2, 2))).toEqual({ kind: 'locked', lock, holder: 'INC-1' });
      expect(await again.commit(changeOf(rowOf(1), 3, { locks: { release: [lock] } }))).toEqual(DONE);
      expect(await again.commit(take(2, 2))).toEqual(DONE);
    });

    test('takes all locks of a change or none', async () => {
      for (const number of [1, 2, 3]) await openWith(store(), number, []);
      expect(await store().commit(changeOf(rowOf(1), 1, { locks: { take: ['b'] } }))).toEqual(DONE);
      expect(await store().commit(changeOf(rowOf(2), 1, { locks: { take: ['a', 'b'] } }))).toEqual({ kind: 'locked', lock: 'b', holder: 'INC-1' });
      expect(await store().commit(changeOf(rowOf(3), 1, { locks: { take: ['a'] } }))).toEqual(DONE);
    });

    test('a lock without an incident to hold it is a mistake, and writes nothing', async () => {
      await expect(store().commit({ locks: { take: ['l'] }, once: 'w', at: T0 })).rejects.toMatchObject({ code: 'E_INTERNAL' });
      expect(await store().commit({ once: 'w', at: T0 })).toEqual(DONE);
    });

    test('a result whose lease is lost changes nothing at all', async () => {
      await openWith(store(), 1, [show('card')]);
      const delivery = await store().accept({ source: 's', body: 'b', receivedAt: T0 });
      const task = await claimOne(store(), T0);
      const change = changeOf(rowOf(1), 1, {
        finishes: { id: task.id, token: 'somebody else' },
        effects: [show('chart')],
        deliveries: [delivery],
        signals: [{ source: 's', fingerprint: 'f', state: 'firing', incident: 'INC-1', at: T0 }],
        once: 'result',
        locks: { take: ['l'] },
      });
      expect(await store().commit(change)).toEqual({ kind: 'lost' });
      expect(await store().events('INC-1')).toHaveLength(1);
      expect(await store().tasks('INC-1')).toHaveLength(1);
      expect(await store().deliveries(9)).toHaveLength(1);
      expect(await store().signal('s', 'f')).toBeUndefined();
      expect(await store().commit({ ...change, finishes: task })).toEqual(DONE);
      expect((await store().tasks('INC-1')).map(({ key, state }) => [key, state])).toEqual([['show:chart', 'waiting']]);
      expect(await store().commit({ finishes: task, at: T0 })).toEqual({ kind: 'lost' });
    });

    test('a change that goes wrong harms none of those it shares the transaction with', async () => {
      await openWith(store(), 1, []);
      const broken = changeOf(rowOf(2), 0, { effects: [show('card', Number.NaN)] });
      const good = Array.from({ length: 20 }, (_, n) => changeOf(rowOf(10 + n), 0));
      const settled = await Promise.allSettled(
        [...good, broken, changeOf(rowOf(1), 0), ...good.map((_, n) => changeOf(rowOf(40 + n), 0))].map((c) => store().commit(c)),
      );
      expect(settled.filter((one) => one.status === 'fulfilled' && one.value.kind === 'done')).toHaveLength(40);
      expect(settled[20]).toMatchObject({ status: 'rejected', reason: { code: 'E_STORE' } });
      expect(settled[21]).toMatchObject({ status: 'fulfilled', value: CONFLICT });
      expect(await store().find('INC-2')).toBeUndefined();
      expect(await store().open()).toHaveLength(41);
    });

    test('removes waiting tasks that are no longer wanted, and leaves one that is being performed', async () => {
      await openWith(store(), 1, [show('card'), show('chart', T0 + 1)]);
      const [running] = await claimAt(store(), T0);
      expect(await store().commit(changeOf(rowOf(1), 1, { cancel: ['show:card', 'show:chart', 'show:nothing'], effects: [show('verdict', T0 + 2)] }))).toEqual(
        DONE,
      );
      expect((await store().tasks('INC-1')).map(({ key, state }) => [key, state])).toEqual([
        ['show:card', 'running'],
        ['show:verdict', 'waiting'],
      ]);
      expect(running && (await store().finish(running, T0))).toBe(true);
    });
  });
}
