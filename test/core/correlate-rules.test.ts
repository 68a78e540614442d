/** Rule by rule: what joins, what waits, what is opened again, and what is a storm. */
import { describe, expect, it } from 'vitest';
import type { Labels, Signal } from '../../src/core/alert.ts';
import { type ClosedIncident, type Correlation, correlate, type Desk, type Known, type OpenIncident, UNKNOWN_SERVICE } from '../../src/core/correlate.ts';
import { JOINING, type Maintenance, NOISE, type Rules, rulesOf, silentUntil } from '../../src/core/correlate-rules.ts';
import type { Held } from '../../src/core/hold.ts';
import type { Service } from '../../src/core/service.ts';
import { MINUTE, outline, service, signal, T0 } from './given.ts';

const other: Service = { ...service, name: 'cart', match: [{ service: 'cart' }] };
const usual = (more: Partial<Service> = {}, noise: Partial<typeof NOISE> = {}): Rules =>
  rulesOf({ services: [{ ...service, ...more }, other], noise: { ...NOISE, ...noise } }, []);
const desk = (more: Partial<Desk>): Desk => ({ open: [], closed: [], ...more });
const found = (arriving: Signal, known: Partial<Known> = {}, rules = usual()): Correlation =>
  correlate(arriving, { now: T0 + MINUTE, desk: desk({}), heard: undefined, seldom: [], ...known }, rules);
const ended = (id: string, more: Partial<ClosedIncident> = {}): ClosedIncident => ({ ...outline(id), resolvedAt: T0, ...more });
const cart = signal({ service: 'cart', fingerprint: 'c1' });

describe('the bot’s own alerts', () => {
  it.each<Labels>([{ source: 'tagback' }, { tagback: 'self' }])('with %j open nothing, whatever else they say', (own) => {
    const labels = { alertname: 'TagbackDown', service: 'checkout-api', ...own };
    expect(found(signal({ labels })).kind).toBe('ignore');
    expect(found(signal({ labels }), { desk: desk({ open: [outline('INC-1')] }) }).kind).toBe('ignore');
  });
});

describe('an alert of the service', () => {
  it('joins as long as its incident is open, or only so long after its last alert', () => {
    const late = { now: T0 + 60 * MINUTE, desk: desk({ open: [outline('INC-1')] }) };
    expect(found(signal(), late)).toMatchObject({ kind: 'join', incident: 'INC-1' });
    const rules = usual({ joining: { ...JOINING, joinWithinMs: 30 * MINUTE } });
    expect(found(signal(), late, rules)).toMatchObject({ kind: 'open', key: 'service:checkout-api/after:INC-1' });
    const fresh = desk({ open: [outline('INC-1', { joinedAt: T0 + 45 * MINUTE })] });
    expect(found(signal(), { ...late, desk: fresh }, rules).kind).toBe('join');
  });

  it('joins the incident of its own service before a storm its service is in', () => {
    const storm = outline('INC-2', { key: 'storm', scope: 'storm', service: UNKNOWN_SERVICE, services: ['checkout-api'], openedAt: T0 + 5 });
    expect(found(signal(), { desk: desk({ open: [storm, outline('INC-1')] }) })).toMatchObject({ incident: 'INC-1' });
    expect(found(signal(), { desk: desk({ open: [storm] }) })).toMatchObject({ incident: 'INC-2' });
  });

  it('of the same release joins the incident of another service of that repository, with the release as the reason', () => {
    const suspected = desk({ open: [outline('INC-1', { suspect: 'v2.14.0' })] });
    expect(found(cart, { desk: suspected })).toEqual({ kind: 'join', incident: 'INC-1', because: 'same release v2.14.0 of acme/shop, opened 1 min ago' });
    expect(found(cart, { desk: desk({ open: [outline('INC-1')] }) }).kind).toBe('open');
    expect(found(cart, { desk: suspected, now: T0 + 11 * MINUTE }).kind).toBe('open');
    const elsewhere = rulesOf({ services: [service, { ...other, environment: 'staging' }] }, []);
    expect(found(cart, { desk: suspected }, elsewhere).kind).toBe('open');
  });
});

describe('what ended a moment ago', () => {
  it('is opened again by the same alert and by its service, with the reason', () => {
    const lately = { desk: desk({ closed: [ended('INC-1')] }) };
    expect(found(signal(), lately)).toEqual({ kind: 'reopen', incident: 'INC-1', because: 'same service again, 1 min after it was resolved' });
    const heard = { state: 'resolved' as const, at: T0 - MINUTE, incident: 'INC-1' };
    expect(found(signal({ service: undefined }), { ...lately, heard })).toMatchObject({ kind: 'reopen', because: expect.stringContaining('same alert') });
  });

  it('is not, when it ended long ago, when people merged it, when another one took its place, or when services.yml says off', () => {
    const when = (closed: ClosedIncident, more: Partial<Known> = {}, rules = usual()) =>
      found(signal(), { desk: desk({ closed: [closed] }), ...more }, rules).kind;
    expect(when(ended('INC-1'), { now: T0 + 15 * MINUTE })).toBe('open');
    expect(when(ended('INC-1', { mergedInto: 'INC-9' }))).toBe('open');
    expect(when(ended('INC-1'), {}, usual({ joining: { ...JOINING, flapMs: 0 } }))).toBe('open');
    const rules = usual({ joining: { ...JOINING, joinWithinMs: 1 } });
    expect(found(signal(), { desk: desk({ closed: [ended('INC-1')], open: [outline('INC-2')] }) }, rules).kind).toBe('open');
  });
});

describe('a storm', () => {
  const many = (count: number, more: Partial<OpenIncident> = {}): OpenIncident[] =>
    Array.from({ length: count }, (_, n) =>
      outline(`INC-${n}`, { service: `s${n}`, services: [`s${n}`], key: `service:s${n}`, openedAt: T0 + 30_000, ...more }),
    );
  const storm = outline('INC-50', { key: 'storm', scope: 'storm', service: UNKNOWN_SERVICE, services: [] });

  it('is the fifth of what alerts open within a minute, and not what people report or what is older', () => {
    expect(found(cart, { desk: desk({ open: many(3) }) })).toMatchObject({ kind: 'open', scope: 'service' });
    expect(found(cart, { desk: desk({ open: many(4) }) })).toMatchObject({ kind: 'open', scope: 'storm', key: 'storm' });
    expect(found(cart, { desk: desk({ open: many(4, { opened: 'person' }) }) })).toMatchObject({ scope: 'service' });
    expect(found(cart, { desk: desk({ open: many(4), closed: [] }), now: T0 + 2 * MINUTE })).toMatchObject({ scope: 'service' });
    const closed = many(4).map((one) => ({ ...one, resolvedAt: T0 + 40_000 }));
    expect(found(cart, { desk: desk({ closed }) })).toMatchObject({ scope: 'storm' });
  });

  it('begins sooner when many alerts of some services come', () => {
    expect(found(cart, { desk: desk({ open: many(3, { alerts: 40 }) }) })).toMatchObject({ scope: 'storm' });
    expect(found(cart, { desk: desk({ open: many(2, { alerts: 400 }) }) })).toMatchObject({ scope: 'service' });
  });

  it('takes every new service while it is under way, and none after a quiet time', () => {
    const open = desk({ open: [storm] });
    expect(found(cart, { desk: open })).toMatchObject({ kind: 'join', incident: 'INC-50' });
    expect(found(cart, { desk: open, now: T0 + 10 * MINUTE })).toMatchObject({ kind: 'open', scope: 'service' });
  });

  it('goes on where it was when it comes back, instead of opening another one', () => {
    const quiet = { ...storm, joinedAt: T0 - 60 * MINUTE };
    expect(found(cart, { desk: desk({ open: [...many(4), quiet] }) })).toMatchObject({ kind: 'join', incident: 'INC-50' });
    expect(found(cart, { desk: desk({ open: many(4), closed: [{ ...storm, resolvedAt: T0 }] }) })).toMatchObject({ kind: 'reopen', incident: 'INC-50' });
    const merged = { ...storm, resolvedAt: T0, mergedInto: 'INC-1' };
    expect(found(cart, { desk: desk({ open: many(4), closed: [merged] }) })).toMatchObject({ kind: 'join', incident: 'INC-1' });
  });
});

describe('what is silent', () => {
  const once = (more: Partial<Maintenance> = {}): Maintenance => {
    const time = { kind: 'once' as const, from: T0, until: T0 + 30 * MINUTE };
    return { services: ['checkout-api'], labels: undefined, reason: 'new schema', time, ...more };
  };
  const during = (one: Maintenance) => usual({}, { maintenance: [one] });

  it('is held until the window ends, with the reason; other services and what is open already are not', () => {
    expect(found(signal(), {}, during(once()))).toMatchObject({
      kind: 'hold',
      why: 'maintenance',
      until: T0 + 30 * MINUTE,
      because: expect.stringContaining('new schema'),
    });
    expect(found(cart, {}, during(once())).kind).toBe('open');
    const heard = { state: 'firing' as const, at: T0, incident: 'INC-1' };
    expect(found(signal(), { heard, desk: desk({ open: [outline('INC-1')] }) }, during(once())).kind).toBe('join');
    expect(found(signal(), { now: T0 + 30 * MINUTE }, during(once())).kind).toBe('open');
  });

  it('by labels, of services and labels both, and of neither never', () => {
    const labels = { alertname: 'Checkout*' };
    expect(found(signal(), {}, during(once({ services: undefined, labels: { alertname: 'CheckoutHigh5xx' } }))).kind).toBe('hold');
    expect(found(signal(), {}, during(once({ labels }))).kind).toBe('open');
    expect(found(signal(), {}, during(once({ services: undefined }))).kind).toBe('open');
  });

  it('by a person, until the end they said', () => {
    const snooze = { id: 1, services: ['cart'], labels: undefined, until: T0 + 5 * MINUTE, reason: 'known', by: { slackId: 'U0ADA', name: 'Ada' }, at: T0 };
    const rules = rulesOf({ services: [service, other] }, [snooze]);
    expect(found(cart, {}, rules)).toMatchObject({ kind: 'hold', why: 'snooze', because: 'snoozed by Ada, 4 min left: known' });
    expect(found(cart, { now: snooze.until }, rules).kind).toBe('open');
  });

  it('every week, by the clock of its zone and over midnight', () => {
    // T0 is Friday, 03:00 UTC, 04:00 in Berlin.
    const nightly = { kind: 'weekly' as const, days: [4], from: 22 * 60, to: 5 * 60, zone: 'Europe/Berlin' };
    expect(silentUntil(nightly, T0)).toBe(T0 + 60 * MINUTE);
    expect(silentUntil({ ...nightly, days: [5] }, T0)).toBeUndefined();
    expect(silentUntil({ ...nightly, days: [] }, T0 - 5 * 60 * MINUTE)).toBe(T0 + 60 * MINUTE);
    expect(silentUntil(nightly, T0 + 60 * MINUTE)).toBeUndefined();
  });
});

describe('what has to fire several times', () => {
  const rules = usual({ joining: { ...JOINING, openAfter: [{ match: undefined, times: 3, withinMs: 10 * MINUTE }] } });
  const fired = (fingerprint: string, ...times: readonly number[]): Held => {
    const rest = { why: 'seldom' as const, because: 'b', until: T0 + 10 * MINUTE, since: T0 };
    return { signal: signal({ fingerprint }), times, ...rest };
  };

  it('waits for company, and opens with the number as the reason', () => {
    expect(found(signal(), {}, rules)).toMatchObject({ kind: 'hold', why: 'seldom', times: [T0 + MINUTE], because: 'fired 1 of 3 times within 10 min' });
    expect(found(signal(), { seldom: [fired('f1', T0)] }, rules)).toMatchObject({ kind: 'hold', times: [T0, T0 + MINUTE], until: T0 + 10 * MINUTE });
    expect(found(signal(), { seldom: [fired('f1', T0, T0 + 1)] }, rules)).toMatchObject({ kind: 'open', because: 'fired 3 times within 10 min' });
    expect(found(signal(), { seldom: [fired('f2', T0), fired('f3', T0)] }, rules).kind).toBe('open');
  });

  it('does not count what is sent again, nor what is too old', () => {
    const heard = { state: 'firing' as const, at: T0 };
    expect(found(signal(), { heard, seldom: [fired('f1', T0, T0 + 1)] }, rules)).toMatchObject({ kind: 'hold', times: [T0, T0 + 1] });
    expect(found(signal(), { now: T0 + 11 * MINUTE, seldom: [fired('f1', T0, T0 + 1)] }, rules)).toMatchObject({ kind: 'hold' });
  });

  it('joins what is open already, and opens by itself when it fires until the end', () => {
    expect(found(signal(), { desk: desk({ open: [outline('INC-1')] }) }, rules).kind).toBe('join');
    expect(found(signal(), { released: 'seldom', heard: { state: 'firing', at: T0 } }, rules)).toMatchObject({
      kind: 'open',
      because: expect.stringContaining('ever since'),
    });
  });
});
