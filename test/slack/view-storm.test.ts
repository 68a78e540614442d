import { describe, expect, test } from 'vitest';
import { type Alert, alertKey, alertWord } from '../../src/core/alert.ts';
import type { Held } from '../../src/core/hold.ts';
import { alertList, silenceList } from '../../src/slack/view-storm.ts';
import { checkMessage, texts } from '../contracts/slack.ts';
import { Story, signal, T0 } from '../core/given.ts';
import { EVIL } from './stories.ts';

const incident = new Story().withChannel().incident;
const listed = (alerts: readonly Partial<Alert>[]) => {
  const { labels, links, source, service, severity, summary } = signal({});
  const common = { ...{ source, service, severity, summary, labels, links, state: 'firing' as const, firstAt: T0, changedAt: T0 } };
  const all = alerts.map((more, at): Alert => ({ ...common, fingerprint: `f${at}`, ...more }));
  const { blocks } = alertList({ ...incident, alerts: Object.fromEntries(all.map((one) => [alertKey(one), one])), tallies: [] });
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
    expect(text).toMatch(/\b4 more\b/);
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

  test('names each window and each snooze with its end, and its number to end it by', () => {
    const { text, blocks } = silenceList({ snoozes: [snooze], maintenance: [{ reason: 'new schema', until: T0 }], held: [held(), held()] });
    expect(text).toBe('2 alerts are held back.');
    const said = texts(blocks ?? []).join('\n');
    expect(said).toMatch(/\*Snooze 3\* of shop team=batch until <!date\^\d+\^[^>]+> by ada: known/);
    expect(said).toMatch(/\*Maintenance\* until <!date\^\d+\^[^>]+>: new schema/);
  });
});
