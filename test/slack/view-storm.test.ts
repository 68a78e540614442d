import { describe, expect, test } from 'vitest';
import { type Alert, alertKey, alertWord } from '../../src/core/alert.ts';
import { HELD_LISTED_MOST, type Held } from '../../src/core/hold.ts';
import type { Incident } from '../../src/core/model.ts';
import { alertList, services, silenceList } from '../../src/slack/view-storm.ts';
import { checkMessage, texts } from '../contracts/slack.ts';
import { Story, signal, T0 } from '../core/given.ts';
import { EVIL } from './stories.ts';

const incident = new Story().withChannel().incident;
const listed = (alerts: readonly Partial<Alert>[], tallies: Incident['tallies'] = []) => {
  const { labels, links, source, service, severity, summary } = signal({});
  const common = { ...{ source, service, severity, summary, labels, links, state: 'firing' as const, firstAt: T0, changedAt: T0 } };
  const all = alerts.map((more, at): Alert => ({ ...common, fingerprint: `f${at}`, ...more }));
  const { blocks } = alertList({ ...incident, alerts: Object.fromEntries(all.map((one) => [alertKey(one), one])), tallies });
  expect(checkMessage(blocks ?? [])).toEqual([]);
  return { all, text: texts(blocks ?? []).join('\n') };
};
const held = (more: Partial<Held> = {}): Held => ({
  ...{ signal: signal({}), why: 'snooze', because: 'snoozed by ada, 30 min left: known', until: T0, since: T0, times: [] },
  ...more,
});
const snooze = { id: 3, services: ['shop'], labels: { team: 'batch' }, until: T0, reason: 'known', by: { slackId: 'U0ADA', name: 'ada' }, at: T0 };

describe('/incident alerts', () => {
  test('shows the word of every alert it lists, whatever their names are made of', () => {
    for (const name of ['x'.repeat(300), '&<>'.repeat(100), EVIL]) {
      const { all, text } = listed(Array.from({ length: 60 }, () => ({ summary: name, service: name })));
      expect(all.filter((one) => !text.includes(`\`${alertWord(alertKey(one))}\` `))).toEqual([]);
      expect(text).not.toMatch(/<!channel>|<@U999>|<#C999>|<http:\/\/evil/);
    }
  });

  test('lists what fires before what has cleared, and says how many it leaves out', () => {
    const { text } = listed([{ summary: 'calm', state: 'resolved' }, { summary: 'loud' }, ...Array.from({ length: 62 }, () => ({}))]);
    expect(text.indexOf('loud')).toBeGreaterThan(0);
    expect(text).not.toContain('calm');
    expect(text).toMatch(/\b4 more are not listed here\b/);
    expect(text).not.toMatch(/counted by service/);
  });

  test('tells those that are kept and not listed from those that are only counted', () => {
    const tallies = [{ service: 'shop', severity: 'sev3' as const, firing: 3, seen: 720, changedAt: T0 }];
    expect(
      listed(
        Array.from({ length: 200 }, () => ({})),
        tallies,
      ).text,
    ).toMatch(/140 more are not listed here; .*720 more are counted by service only/);
    expect(listed([{}, {}], [{ ...tallies[0], severity: 'sev1', firing: 1, seen: 1, changedAt: T0 }]).text).not.toMatch(/not listed|are counted/);
  });
});

describe('/incident held', () => {
  test('shows what others wrote and does not obey it', () => {
    const window = { reason: EVIL, until: T0 };
    const evil = { snoozes: [{ ...snooze, reason: EVIL, by: { slackId: 'U0ADA', name: EVIL } }], maintenance: [window] };
    const { blocks } = silenceList({ ...evil, held: [held({ signal: signal({ summary: EVIL, service: EVIL }), because: EVIL })] });
    expect(checkMessage(blocks ?? [])).toEqual([]);
    expect(JSON.stringify(blocks)).not.toMatch(/<!channel>|<@U999>|<#C999>|<http:\/\/evil/);
  });

  test('shows every alert, or counts it: however long the lines are, none is cut, and what does not fit is said by kind', () => {
    for (const name of ['short', 'x'.repeat(300), EVIL]) {
      for (const count of [1, 18, 60, 99]) {
        const silence = {
          maintenance: Array.from({ length: 3 }, (_, at) => ({ reason: `W${at} ${name}`, until: T0 })),
          snoozes: Array.from({ length: 20 }, (_, at) => ({ ...snooze, id: at + 1, reason: name, by: { slackId: 'U0ADA', name } })),
          held: Array.from({ length: count }, () => held({ signal: signal({ service: name, summary: name }), because: name })),
        };
        const { text, blocks } = silenceList(silence);
        expect(checkMessage(blocks ?? [])).toEqual([]);
        const said = texts(blocks ?? []).join('\n');
        const counted = Number(/(\d+) more held alerts?\b/.exec(said)?.[1] ?? 0);
        expect(said.match(/; looked at again at <!date[^>]+>$/gm)?.length ?? 0, `${count} alerts named ${name.slice(0, 9)}`).toBe(count - counted);
        expect(said.match(/\*Snooze \d+\*/g)).toHaveLength(20);
        expect(text).toBe(count === 1 ? '1 alert is held back.' : `${count} alerts are held back.`);
      }
    }
  });

  test('says “at least” where nobody counted further', () => {
    const all = Array.from({ length: HELD_LISTED_MOST }, () => held({ because: 'y'.repeat(300) }));
    const { text, blocks } = silenceList({ snoozes: [], maintenance: [], held: all });
    expect(text).toBe('At least 100 alerts are held back.');
    expect(texts(blocks ?? []).at(-1)).toMatch(/^and at least \d+ more held alerts$/);
    expect(silenceList({ snoozes: [], maintenance: [], held: [] }).text).toBe('Nothing is held back.');
  });

  test('names each window and each snooze with its end, and its number to end it by', () => {
    const { text, blocks } = silenceList({ snoozes: [snooze], maintenance: [{ reason: 'new schema', until: T0 }], held: [held(), held()] });
    expect(text).toBe('2 alerts are held back.');
    const said = texts(blocks ?? []).join('\n');
    expect(said).toMatch(/\*Snooze 3\* of shop team=batch until <!date\^\d+\^[^>]+> by ada: known/);
    expect(said).toMatch(/\*Maintenance\* until <!date\^\d+\^[^>]+>: new schema/);
  });
});

describe('the services of a storm', () => {
  test.each([1, 50, 300])('are all shown or counted, none of %i is cut, the worst first', (count) => {
    for (const name of ['s', '&'.repeat(90), EVIL]) {
      const tallies = Array.from({ length: count }, (_, at) => ({ service: `${at} ${name}`, severity: 'sev2' as const, firing: 1, seen: 1, changedAt: T0 }));
      const worst = { service: 'worst', severity: 'sev1' as const, firing: 1, seen: 1, changedAt: T0 };
      const blocks = services({ ...incident, scope: 'storm', alerts: {}, tallies: [...tallies, worst] });
      expect(checkMessage(blocks)).toEqual([]);
      const said = texts(blocks).join('\n');
      expect(said.split('\n')[1]).toBe('SEV1 *worst*: 1 firing');
      const left = Number(/and (\d+) more services?$/.exec(said)?.[1] ?? 0);
      expect(said.match(/: 1 firing$/gm)).toHaveLength(count + 1 - left);
    }
  });
});
