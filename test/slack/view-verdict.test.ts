import { describe, expect, test } from 'vitest';
import type { Incident } from '../../src/core/model.ts';
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
    expect(read(incident, 'verdict').split('\n').slice(0, 2)).toEqual([headline, '8.0 % after 600 s, 8.2 % before']);
    expect(pressable(incident, 'verdict').map(({ label, action, style }) => [label, action, style])).toEqual(buttons);
  });

  test('no effect: forward again, or the next cause', () => {
    expect(read(judged(verdict('no-effect', 'x')), 'verdict')).toContain('Go forward again, or look for the next cause');
  });

  test('a way back that was taken is not offered twice, and one that is on its way is not either', () => {
    const undone = judged(verdict('no-effect', 'x'), said(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'no help' }));
    expect(labels(undone, 'verdict')).toEqual([]);
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
    const text = read(judged(verdict('no-effect', because, { tag: 'v2.14.0', count: 2, asked: 3 })), 'verdict');
    expect(text).toContain('⛔ Not live: checkout-api\nThe rollback reported success, but v2.14.0 still answers on 2 of 3');
    expect(text).toContain('What runs*\n`v2.14.0` still answers on 2 of 3');
    expect(text).not.toContain('probably not the cause');
    const nowhere = read(judged(verdict('no-effect', because, { tag: 'v2.14.0', count: 3, asked: 3 })), 'verdict');
    expect(nowhere).toContain('`v2.14.0` still answers, not `v2.13.2`');
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
