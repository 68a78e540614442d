/** Storms, flapping, what is held, and what people move, on a real database. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALERTS_KEPT_MOST, alertWord, firingCount, seenCount, sufferings } from '../../src/core/alert.ts';
import { JOINING } from '../../src/core/correlate-rules.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { ada, guest, T0 } from '../core/given.ts';
import { furnish, MINUTE, named, type Room } from './reception.ts';

const SERVICES = Array.from({ length: 50 }, (_, n) => named(`s${n}`));
let store: Store;
beforeEach(async () => {
  store = await openSqlite({ path: ':memory:' });
});
afterEach(() => store.close());

describe('a thousand alerts of fifty services within a minute', () => {
  const flood = Array.from({ length: 1_000 }, (_, n) => ({
    fingerprint: `f${n}`,
    service: `s${n % 50}`,
    severity: n === 777 ? ('sev1' as const) : ('sev3' as const),
  }));
  let room: Room;
  beforeEach(async () => {
    room = furnish(store, { services: SERVICES });
    await room.fire(...flood);
  });

  test('open five incidents, the last of them a storm that has the rest, the critical service on top', async () => {
    expect(await room.ids()).toEqual(['INC-1', 'INC-2', 'INC-3', 'INC-4', 'INC-5']);
    const storm = await room.incident('INC-5');
    expect(storm).toMatchObject({ scope: 'storm', severity: 'sev1' });
    expect(sufferings(storm)[0]).toEqual({ service: 's27', severity: 'sev1', firing: 20, seen: 20 });
    expect(sufferings(storm)).toHaveLength(46);
    expect(seenCount(storm)).toBe(920);
    expect(Object.keys(storm.alerts)).toHaveLength(ALERTS_KEPT_MOST);
    expect(await room.disagreements()).toEqual([]);
  });

  test('are all counted down again, whichever were kept one by one, and the storm is quiet only then', async () => {
    const storm = flood.filter(({ service }) => Number(service.slice(1)) > 3);
    await room.fire(...storm.slice(1).map((one) => ({ ...one, state: 'resolved' as const })));
    expect(firingCount(await room.incident('INC-5'))).toBe(1);
    await room.fire(...storm.slice(500).map((one) => ({ ...one, state: 'firing' as const, at: room.now() + 1 })));
    expect(firingCount(await room.incident('INC-5'))).toBe(421);
    await room.fire(...storm.map((one) => ({ ...one, state: 'resolved' as const, at: room.now() + 2 })));
    expect(firingCount(await room.incident('INC-5'))).toBe(0);
    expect(seenCount(await room.incident('INC-5'))).toBe(920);
    expect((await store.tasks('INC-5')).map(({ key }) => key)).toContain('wake:quiet');
    expect(await room.disagreements()).toEqual([]);
  });

  test('sent again change nothing: no event, and each is counted', async () => {
    const before = await store.events('INC-5');
    await room.fire(...flood);
    expect(await store.events('INC-5')).toEqual(before);
    expect(await store.signal('alertmanager', 'f999')).toMatchObject({ count: 2, incident: 'INC-5', service: 's49' });
  });

  test('leave an incident of a service when people split it off, its counted alerts along with it', async () => {
    const reply = await room.reception.rearrange('INC-5', { kind: 'split', what: 'S27' }, { by: ada, once: 'w1' });
    expect(reply).toEqual({ ok: true, text: 'INC-6 is open with 20 alerts; its channel is on its way.' });
    expect(await room.incident('INC-6')).toMatchObject({ service: 's27', openedBy: { kind: 'human', name: 'Ada' } });
    expect([seenCount(await room.incident('INC-5')), seenCount(await room.incident('INC-6'))]).toEqual([900, 20]);
    expect(await room.disagreements()).toEqual([]);
    await room.fire({ fingerprint: 'late', service: 's27' });
    expect(seenCount(await room.incident('INC-6'))).toBe(21);
    expect(await room.reception.rearrange('INC-5', { kind: 'split', what: 's27' }, { by: ada, once: 'w1' })).toMatchObject({ ok: false });
  });
});

describe('an alert that flaps', () => {
  test('opens the same incident again three times, and then it stays open until a person ends it', async () => {
    const room = furnish(store);
    for (let times = 1; times <= 5; times += 1) {
      await room.fire({});
      await room.pass(MINUTE);
      await room.fire({ state: 'resolved' });
      await room.pass(MINUTE);
      await room.hears('INC-1', { kind: 'timer', timer: { name: 'quiet' } });
      expect((await room.incident('INC-1')).phase).toBe(times <= 3 ? 'resolved' : 'open');
    }
    expect(await room.ids()).toEqual(['INC-1']);
    const reasons = (await store.events('INC-1')).flatMap((event) => (event.kind === 'reopened' ? [event.because] : []));
    expect(reasons).toHaveLength(3);
    expect(reasons.at(-1)).toMatch(/from now on it stays open/);
    await room.hears('INC-1', { kind: 'command', by: ada, command: { kind: 'resolve', summary: 'a bad threshold' } });
    await room.pass(16 * MINUTE);
    await room.fire({});
    expect(await room.ids()).toEqual(['INC-1', 'INC-2']);
  });
});

describe('what is held', () => {
  const window = (until: number) => ({ services: ['s1'], labels: undefined, reason: 'new schema', time: { kind: 'once' as const, from: 0, until } });

  test('in a maintenance window is told when the window ends and it fires still, and forgotten when it does not', async () => {
    const room = furnish(store, { services: SERVICES, noise: { maintenance: [window(T0 + 30 * MINUTE)] } });
    await room.fire({ service: 's1', fingerprint: 'stays' }, { service: 's1', fingerprint: 'goes' }, { service: 's2', fingerprint: 'other' });
    expect(await room.ids()).toEqual(['INC-1']);
    expect((await room.reception.silence()).held.map(({ signal }) => signal.fingerprint).sort()).toEqual(['goes', 'stays']);
    await room.pass(10 * MINUTE);
    await room.fire({ service: 's1', fingerprint: 'goes', state: 'resolved' });
    await room.pass(25 * MINUTE);
    expect(Object.keys((await room.incident('INC-2')).alerts)).toEqual(['alertmanager:stays']);
    expect((await room.incident('INC-2')).openedBecause).toBe('it fires still after the maintenance');
    expect((await room.reception.silence()).held).toEqual([]);
    expect(await room.disagreements()).toEqual([]);
  });

  test('survives a restart: the next program looks at it when its time is up', async () => {
    const room = furnish(store, { services: SERVICES });
    await room.reception.snooze({ services: ['s1'], labels: undefined, forMs: 30 * MINUTE, reason: 'known', by: ada });
    await room.fire({ service: 's1' });
    const after = furnish(store, { services: SERVICES });
    await after.fire();
    await after.pass(31 * MINUTE);
    expect(await after.ids()).toEqual(['INC-1']);
  });

  test('by a snooze is told as soon as somebody ends it; guests neither begin nor end one', async () => {
    const room = furnish(store, { services: SERVICES });
    const ask = { services: ['s1'], labels: undefined, forMs: 30 * MINUTE, reason: 'known' };
    expect(await room.reception.snooze({ ...ask, by: guest })).toMatchObject({ ok: false, code: 'E_NOT_ALLOWED' });
    await room.reception.snooze({ ...ask, by: ada });
    await room.fire({ service: 's1' });
    expect(await room.ids()).toEqual([]);
    expect(await room.reception.unsnooze('s2', ada)).toMatchObject({ ok: false });
    expect(await room.reception.unsnooze('s1', guest)).toMatchObject({ ok: false });
    expect(await room.reception.unsnooze('s1', ada)).toMatchObject({ ok: true });
    expect(await room.ids()).toEqual(['INC-1']);
  });

  test('until it fired three times opens with all of them, those of other alerts too; one that fires on and on opens at the end', async () => {
    const joining = { ...JOINING, openAfter: [{ match: undefined, times: 3, withinMs: 10 * MINUTE }] };
    const room = furnish(store, { services: [named('s1', { joining }), named('s2', { joining })] });
    await room.fire({ service: 's1', fingerprint: 'a' }, { service: 's2', fingerprint: 'z' });
    await room.pass(MINUTE);
    await room.fire({ service: 's1', fingerprint: 'b' });
    expect(await room.ids()).toEqual([]);
    await room.pass(MINUTE);
    await room.fire({ service: 's1', fingerprint: 'c' });
    expect(Object.keys((await room.incident('INC-1')).alerts).sort()).toEqual(['alertmanager:a', 'alertmanager:b', 'alertmanager:c']);
    await room.pass(10 * MINUTE);
    expect(await room.incident('INC-2')).toMatchObject({ service: 's2', openedBecause: 'it has fired ever since it was first held' });
    expect(await store.signal('alertmanager', 'a')).toMatchObject({ count: 1, incident: 'INC-1' });
  });
});

describe('what people move', () => {
  let room: Room;
  const ask = (id: string, what: Parameters<Room['reception']['rearrange']>[1], once = `${Math.random()}`) =>
    room.reception.rearrange(id, what, { by: ada, once });
  beforeEach(async () => {
    room = furnish(store, { services: [named('s1'), named('s2')] });
    await room.fire({ service: 's1', fingerprint: 'a' }, { service: 's1', fingerprint: 'b' }, { service: 's2', fingerprint: 'c' });
  });

  test('an alert that joined wrongly has an incident of its own, and stays there', async () => {
    const word = alertWord('alertmanager:b');
    expect(await ask('INC-1', { kind: 'split', what: word }, 'once')).toMatchObject({ ok: true });
    expect(await ask('INC-1', { kind: 'split', what: word }, 'once')).toMatchObject({ ok: false });
    expect(Object.keys((await room.incident('INC-3')).alerts)).toEqual(['alertmanager:b']);
    await room.fire({ service: 's1', fingerprint: 'b', state: 'resolved' });
    expect((await room.incident('INC-3')).alerts['alertmanager:b']?.state).toBe('resolved');
    expect(await room.disagreements()).toEqual([]);
  });

  test('an alert is linked to another open incident, and both timelines say so', async () => {
    expect(await ask('INC-1', { kind: 'link', what: 'alertmanager:b', to: 'INC-2' })).toEqual({ ok: true, text: 'INC-2 has 1 alert now.' });
    expect((await store.events('INC-1')).at(-1)).toMatchObject({ kind: 'alertsLeft', to: 'INC-2' });
    expect((await store.events('INC-2')).at(-1)).toMatchObject({ kind: 'alertsCame', from: 'INC-1' });
    expect(await room.disagreements()).toEqual([]);
  });

  test('what is taken out again is told where it went last: an alert by its word, or a service; what was never here is unknown', async () => {
    const word = alertWord('alertmanager:b');
    await ask('INC-1', { kind: 'link', what: 'alertmanager:b', to: 'INC-2' });
    const gone = {
      ok: false,
      code: 'E_NOT_NOW',
      text: expect.stringMatching(/is no longer in INC-1: it went to INC-2, moved by Ada\. Nothing was moved now\.$/),
    };
    for (const what of [word, word.toUpperCase(), 'alertmanager:b']) {
      expect(await ask('INC-1', { kind: 'split', what })).toEqual(gone);
      expect(await ask('INC-1', { kind: 'link', what, to: 'INC-2' })).toEqual(gone);
    }
    await ask('INC-2', { kind: 'split', what: 's1' });
    expect(await ask('INC-2', { kind: 'split', what: 'S1' })).toMatchObject({ text: expect.stringContaining('it went to INC-3') });
    // It came back, and went elsewhere.
    await ask('INC-3', { kind: 'merge', to: 'INC-1', reason: '' });
    await ask('INC-1', { kind: 'split', what: word });
    expect(await ask('INC-1', { kind: 'split', what: word })).toMatchObject({ text: expect.stringContaining('it went to INC-4') });
    expect(await ask('INC-1', { kind: 'split', what: 'nonsense' })).toMatchObject({ code: 'E_ARGS', text: expect.stringContaining('has no alert') });
    expect(await room.disagreements()).toEqual([]);
  });

  test('an incident merged into another ends, its alerts and evidence go on there, and so does what comes later', async () => {
    await room.hears('INC-1', { kind: 'command', by: ada, command: { kind: 'addEvidence', items: [{ kind: 'note', text: 'saw it', by: 'Ada', at: 1 }] } });
    expect(await ask('INC-1', { kind: 'merge', to: 'INC-2', reason: 'one cause' })).toMatchObject({ ok: true });
    expect(await room.incident('INC-1')).toMatchObject({ phase: 'resolved', mergedInto: 'INC-2', alerts: {} });
    const into = await room.incident('INC-2');
    expect(Object.keys(into.alerts)).toHaveLength(3);
    expect(into.evidence).toHaveLength(1);
    expect((await store.tasks('INC-1')).map(({ key }) => key)).not.toContain('show:postmortem');
    await room.fire({ service: 's1', fingerprint: 'new' }, { service: 's1', fingerprint: 'a', state: 'resolved' });
    expect(Object.keys((await room.incident('INC-2')).alerts)).toHaveLength(4);
    expect(await room.ids()).toHaveLength(2);
    expect(await room.disagreements()).toEqual([]);
  });

  test.each([
    ['nothing of that name', 'INC-1', { kind: 'split', what: 'nonsense' }, 'E_ARGS'],
    ['everything it has', 'INC-2', { kind: 'split', what: 's2' }, 'E_NOT_NOW'],
    ['into itself', 'INC-1', { kind: 'merge', to: 'INC-1', reason: '' }, 'E_ARGS'],
    ['into nothing', 'INC-1', { kind: 'merge', to: 'INC-99', reason: '' }, 'E_UNKNOWN_INCIDENT'],
  ] as const)('%s is refused, and nothing is written', async (_, id, what, code) => {
    const before = await store.auditHead();
    expect(await ask(id, what)).toMatchObject({ ok: false, code });
    expect(await store.auditHead()).toEqual(before);
  });

  test('by guests and out of what is resolved is refused', async () => {
    expect(await room.reception.rearrange('INC-1', { kind: 'split', what: 's1' }, { by: guest, once: 'g' })).toMatchObject({ code: 'E_NOT_ALLOWED' });
    await room.hears('INC-2', { kind: 'command', by: ada, command: { kind: 'resolve', summary: 'x' } });
    expect(await ask('INC-1', { kind: 'merge', to: 'INC-2', reason: '' })).toMatchObject({ code: 'E_NOT_NOW' });
    expect(await ask('INC-2', { kind: 'merge', to: 'INC-1', reason: '' })).toMatchObject({ code: 'E_NOT_NOW' });
  });
});
