/**
 * Deliveries overtake each other. Whatever the order in which the events of some alerts arrive, in the end the same alerts fire, each belongs
 * to at most one incident, and the table of signals says the same as the incidents.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertKey, type Signal } from '../../src/core/alert.ts';
import { correlate, type Desk, type LastHeard, outlineOf, remember } from '../../src/core/correlate.ts';
import { rulesOf } from '../../src/core/correlate-rules.ts';
import { decide, open } from '../../src/core/decide.ts';
import { evolve } from '../../src/core/evolve.ts';
import type { Decision, Incident } from '../../src/core/model.ts';
import { playbook, service, signal, T0 } from './given.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_120);
const rules = rulesOf({ services: [service] }, []);
const context = { now: T0, service, playbook, noLeadMs: 0, announces: false };

type Event = Pick<Signal, 'fingerprint' | 'state' | 'at' | 'service'>;
const event = fc.record({
  fingerprint: fc.constantFrom('f1', 'f2', 'f3'),
  state: fc.constantFrom('firing' as const, 'resolved' as const),
  at: fc.integer({ min: 0, max: 6 }).map((n) => T0 + n),
  service: fc.constantFrom('checkout-api', 'search', undefined),
});
/** An alert has one service, and at one instant it says one thing; the same may come twice. */
const story = fc.array(event, { minLength: 1, maxLength: 7 }).map((events) =>
  events.map((one) => {
    const first = events.find(({ fingerprint, at }) => fingerprint === one.fingerprint && at === one.at) ?? one;
    return { ...first, service: { f1: 'checkout-api', f2: 'search', f3: undefined }[one.fingerprint] };
  }),
);

/** What reception does with each, without a database. */
function outcomeOf(events: readonly Event[]): { firing: readonly string[]; told: readonly string[]; homes: readonly string[] } {
  const heard = new Map<string, LastHeard>();
  const incidents = new Map<string, Incident>();
  const fold = (incident: Incident | undefined, { events: happened }: Decision): void => {
    const next = happened.reduce<Incident | undefined>(evolve, incident);
    if (next) incidents.set(next.id, next);
  };
  for (const one of events) {
    const arriving = signal(one);
    const known = heard.get(alertKey(arriving));
    const desk: Desk = { open: [...incidents.values()].map((incident) => ({ ...incident, ...outlineOf(incident) })), closed: [] };
    const found = correlate(arriving, { now: T0, desk, heard: known, seldom: [] }, rules);
    let home = known?.incident;
    if (found.kind === 'open') {
      home = `INC-${incidents.size + 1}`;
      const by = { kind: 'source', name: 'alertmanager' } as const;
      fold(undefined, open({ ...found, id: home, title: 't', severity: 'sev2', by, signal: arriving, evidence: [] }, context));
    } else if (found.kind === 'join') {
      home = found.incident;
      const before = known?.incident === home ? known.state : undefined;
      const incident = incidents.get(home);
      if (incident) fold(incident, decide(incident, { kind: 'signal', signal: arriving, because: found.because, before }, context));
    }
    heard.set(alertKey(arriving), { ...remember(known, arriving), incident: home });
  }
  const alerts = [...incidents.values()].flatMap((incident) => Object.entries(incident.alerts));
  return {
    firing: alerts.flatMap(([key, { state }]) => (state === 'firing' ? [key] : [])).sort(),
    told: [...heard].flatMap(([key, { state }]) => (state === 'firing' ? [key] : [])).sort(),
    homes: alerts.map(([key]) => key).sort(),
  };
}

describe(`alerts in any order (seed ${SEED})`, () => {
  it('end in the same state: 5,000 stories of at most seven events, with late duplicates', () => {
    const shuffled = story.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })));
    fc.assert(
      fc.property(shuffled, ([events, order]) => {
        const [meant, found] = [outcomeOf(events.toSorted((a, b) => a.at - b.at)), outcomeOf(order)];
        expect(found.firing).toEqual(meant.firing);
        expect(found.told).toEqual(found.firing);
        expect(new Set(found.homes).size).toBe(found.homes.length);
      }),
      { numRuns: 5_000, seed: SEED },
    );
  });

  const chosen: Record<string, readonly [string, 'firing' | 'resolved', number][]> = {
    'one alert that flaps three times': [1, 2, 3, 4, 5, 6, 7].map((at) => ['f1', at % 2 ? 'firing' : 'resolved', at]),
    'two alerts of one service, the last word of one of them late': [
      ...[1, 3, 5].map((at): [string, 'firing', number] => ['f1', 'firing', at]),
      ...[2, 4].map((at): [string, 'resolved', number] => ['f1', 'resolved', at]),
      ['f2', 'firing', 1],
      ['f2', 'resolved', 9],
    ],
    'the same firing five times and its end twice': [
      ...[1, 1, 1, 1, 1].map((at): [string, 'firing', number] => ['f1', 'firing', at]),
      ...[2, 2].map((at): [string, 'resolved', number] => ['f1', 'resolved', at]),
    ],
  };
  it.each(Object.entries(chosen))('%s: all 5,040 orders', (_, events) => {
    const all = events.map(([fingerprint, state, at]) => ({ fingerprint, state, at: T0 + at, service: 'checkout-api' }));
    const meant = JSON.stringify(outcomeOf(all.toSorted((a, b) => a.at - b.at)).firing);
    let orders = 0;
    for (const order of permutations(all)) {
      orders += 1;
      if (JSON.stringify(outcomeOf(order).firing) !== meant) expect(outcomeOf(order).firing, JSON.stringify(order)).toEqual(JSON.parse(meant));
    }
    expect(orders).toBe(5_040);
  });
});

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) yield items;
  else for (const [index, first] of items.entries()) for (const rest of permutations(items.toSpliced(index, 1))) yield [first, ...rest];
}
