import { describe, expect, test } from 'vitest';
import type { Incident, Input } from '../../src/core/model.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { render } from '../../src/slack/view.ts';
import { texts } from '../contracts/slack.ts';
import { asking, labels, named, pressable, read, show } from './rollback-looks.ts';
import { done, forward, lastOf, lit, planned, verdict } from './rollback-stories.ts';
import { ada, bob, NOW, play, said } from './stories.ts';

describe('the verdict', () => {
  const judged = (...more: Parameters<typeof play>[1]): Incident => asking(...done(lit('green')), ...more);

  test.each([
    ['recovered', '✅ Recovered: checkout-api', [['Resolve…', 'resolve', 'primary']]],
    ['better', '⚠️ Better, not yet good: checkout-api', []],
    ['no-effect', '⛔ No effect: checkout-api', [['Go forward again…', 'undoRollback', undefined]]],
    ['worse', '⛔ Worse: checkout-api', [['Take it back…', 'undoRollback', 'danger']]],
    ['blind', '❓ Blind: no data: checkout-api', []],
  ] as const)('%s', (kind, headline, buttons) => {
    const incident = judged(verdict(kind, '8.0 % after 600 s, 8.2 % before'));
    expect(read(incident, 'verdict:verify:1').split('\n').slice(0, 2)).toEqual([headline, '8.0 % after 600 s, 8.2 % before']);
    expect(pressable(incident, 'verdict:verify:1').map(({ label, action, style }) => [label, action, style])).toEqual(buttons);
  });

  test('no effect: forward again, or the next cause', () => {
    expect(read(judged(verdict('no-effect', 'x')), 'verdict:verify:1')).toContain('Go forward again, or look for the next cause');
  });

  test('a way back that was taken is not offered twice, and one that is on its way is not either', () => {
    const undone = judged(verdict('no-effect', 'x'), said(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'no help' }));
    expect(labels(undone, 'verdict:verify:1')).toEqual([]);
    const declined = lastOf(
      play('declined', [
        ...done(lit('green')),
        verdict('worse', 'x'),
        said(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'no' }),
        planned(forward(lit('green')), 'rb2'),
        said(bob, { kind: 'declineRollback', rollback: 'rb2', reason: 'wait' }),
      ]),
    );
    expect(pressable(declined, 'rollback:rb2')).toMatchObject([{ label: 'Go forward again…', action: 'undoRollback' }]);
  });

  test('a release that is not live everywhere is no judgement on the release', () => {
    const because = 'the rollback reported success, but v2.14.0 still answers on 2 of 3';
    const text = read(judged(verdict('no-effect', because, { tag: 'v2.14.0', count: 2, asked: 3 })), 'verdict:verify:1');
    expect(text).toContain('⛔ Not live: checkout-api\nThe rollback reported success, but v2.14.0 still answers on 2 of 3');
    expect(text).toContain('What runs*\n`v2.14.0` still answers on 2 of 3');
    expect(text).not.toContain('probably not the cause');
    const nowhere = read(judged(verdict('no-effect', because, { tag: 'v2.14.0', count: 3, asked: 3 })), 'verdict:verify:1');
    expect(nowhere).toContain('`v2.14.0` still answers, not `v2.13.2`');
  });
});

describe('verdicts of several runs', () => {
  const change = {
    what: 'deployment',
    tag: 'v2.15.0',
    environment: 'production',
    state: 'success',
    by: 'grace',
    url: 'https://github.com/acme/checkout/actions/runs/9',
    at: NOW + 4_000_000,
  } as const;
  /** No effect; then somebody deploys another release, which is looked at. */
  const again = (...more: Parameters<typeof play>[1]): Incident =>
    asking(...done(lit('green')), verdict('no-effect', '8.0 % after 600 s'), { kind: 'changedOutside', change }, ...more);
  const second = (runs: string): Input => {
    const reached: Verdict = { kind: 'recovered', at: change.at + 60_000, because: '0.4 % for 120 s', baseline: 0.004, during: 0.08, after: 0.004, runs };
    return { kind: 'stepEnded', step: 'verify', run: 2, ending: { kind: 'done', outcome: 'recovered', say: 'recovered', data: {}, verdict: reached } };
  };

  test('what the first one said stays, without buttons and advice, while the next is being looked for and after it', () => {
    for (const incident of [again(), again(second('v2.15.0'))]) {
      const text = read(incident, 'verdict:verify:1');
      expect(text).toContain('⛔ No effect: checkout-api\n8.0 % after 600 s');
      expect(text).toContain('an earlier verdict, see below for the newest');
      expect(text).not.toContain('Go forward again');
      expect(pressable(incident, 'verdict:verify:1')).toEqual([]);
    }
    expect(read(again(), 'verdict:verify:2')).toContain('Checking that `v2.15.0` runs');
    expect(read(again(second('v2.15.0')), 'verdict:verify:2')).toContain('✅ Recovered');
    expect(labels(again(second('v2.15.0')), 'verdict:verify:2')).toEqual(['Resolve…']);
  });

  test('a release somebody deployed by hand that answers is live, whatever we rolled back to before', () => {
    expect(read(again(second('v2.15.0')), 'verdict:verify:2')).not.toContain('Not live');
    const stale = read(again(second('v2.13.2')), 'verdict:verify:2');
    expect(stale).toContain('⛔ Not live');
    expect(stale).toContain('`v2.13.2` still answers, not `v2.15.0`');
  });

  test('a check that was skipped says so instead of promising a verdict for ever', () => {
    const skipped = again(said(ada, { kind: 'skipStep', step: 'verify', run: 2, reason: 'seen by eye' }));
    expect(show(skipped, 'verdict:verify:2').text).toBe('This check ended without a verdict: seen by eye');
    expect(render(skipped, 'verdict:verify:3', { links: {} })).toBeUndefined();
    for (const slot of ['verdict', 'verdict:decide:1', 'verdict:constructor:1', 'verdict:__proto__:1', 'verdict:verify:x'])
      expect(render(skipped, slot, { links: {} }), slot).toBeUndefined();
  });

  test('the message of an incident from an older version is still understood', () => {
    const incident = asking(...done(lit('green')), verdict('no-effect', 'x'));
    const [only] = Object.values(incident.verdicts);
    if (!only) throw new Error('no verdict');
    const old: Incident = { ...incident, verdicts: { verdict: only } };
    expect(read(old, 'verdict')).toContain('⛔ No effect');
    expect(labels(old, 'verdict')).toEqual(['Go forward again…']);
  });
});

describe('a broken glass', () => {
  test('is told to everybody on call but the one who broke it, with the reason', () => {
    const message = show(named('glass', 'the database is melting'), 'glass:rb1');
    expect(message.text).toBe(
      'Bob broke the glass in INC-42: checkout-api (production) from `v2.14.0` to `v2.13.2`, alone. <@U0ADA> <!subteam^S0SRE>: please look.',
    );
    expect(texts(message.blocks).join('\n')).toContain('>the database is melting');
    expect(JSON.stringify(message)).not.toContain('<@U0BOB>');
  });

  test('stands on the card too', () => expect(read(named('glass'))).toContain('approved by Bob, who broke the glass'));

  test('is no message where none was broken', () => {
    for (const slot of ['glass:rb1', 'glass:rb9', 'glass:constructor', 'rollback:constructor'])
      expect(render(named('green'), slot, { links: {} })).toBeUndefined();
  });
});

test('a change made outside is a line with its link', () => {
  const change = {
    what: 'deployment',
    tag: 'v2.13.0',
    environment: 'production',
    state: 'success',
    by: 'grace',
    url: 'https://github.com/acme/checkout/actions/runs/9',
    at: NOW,
  } as const;
  const { states, events } = play('outside', [
    { kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc' } },
    { kind: 'changedOutside', change },
  ]);
  const event = events.find(({ kind }) => kind === 'changedOutside');
  expect(event && render(lastOf({ name: 'outside', states, events }), 'line:3', { links: {}, event })?.text).toBe(
    '*Changed outside*: Deployment of v2.13.0 to production: success, by grace, not by Tagback (<https://github.com/acme/checkout/actions/runs/9|on GitHub>)',
  );
});
