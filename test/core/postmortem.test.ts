import { describe, expect, it } from 'vitest';
import { sayDuration, timesOf } from '../../src/core/metrics.ts';
import { postmortem } from '../../src/core/postmortem.ts';
import { tell } from '../../src/core/story.ts';
import { ada, grace, MINUTE, Story, signal, T0 } from './given.ts';

function told(): Story {
  const story = new Story({}, signal({ summary: 'Checkout <!channel> *5xx* | 8.2 %' }));
  story.when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 4 * MINUTE } }).asking();
  story.does(grace, { kind: 'approveRollback', rollback: 'rb1' }, MINUTE);
  story.sent();
  story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' }, MINUTE);
  const verdict = { kind: 'recovered', at: story.now, because: '0.4 % for 120 s', baseline: 0.004, during: 0.08, after: 0.004, runs: 'v2.13.2' } as const;
  story.when({ kind: 'stepEnded', step: 'verify', run: 1, ending: { kind: 'done', outcome: 'recovered', say: 'recovered', data: {}, verdict } }, 2 * MINUTE);
  return story.does(ada, { kind: 'resolve', summary: 'rolled back' }, MINUTE);
}
const write = (story: Story): string =>
  postmortem({
    incident: story.incident,
    events: story.events,
    chart: { url: 'chart.png', alt: 'peak 8.2 %' },
    iso: (at) => new Date(at).toISOString().slice(0, 19).replace('T', ' '),
  });

describe('the postmortem', () => {
  it('says what happened, who decided and that it helped', () => {
    const text = write(told());
    for (const part of [
      'v2.14.0 → v2.13.2',
      'asked for by Ada, approved by Grace',
      'went from 8.0 % to 0.4 %; before the release it was 0.4 %',
      'v2.13.2 runs',
      '![peak 8.2 %](chart.png)',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('| **Time to detect** | 4 min |');
  });

  it('has a row of the timeline for every event but the beginnings of machine steps, in order', () => {
    const story = told();
    const rows = write(story)
      .split('\n')
      .filter((line) => /^\| \d\d:\d\d:\d\d /.test(line));
    expect(rows).toHaveLength(story.events.filter((event) => event.kind !== 'stepStarted' || event.step !== 'verify').length);
    const times = rows.map((row) => row.slice(2, 10));
    expect([...times].sort()).toEqual(times);
  });

  it('lets no outside text become markup', () => {
    const text = write(told());
    expect(text).not.toMatch(/<!channel>/);
    expect(text).toContain('Checkout &lt;!channel&gt; \\*5xx\\* \\| 8.2 %');
  });

  it('counts the times a team learns from, and leaves out what did not happen', () => {
    expect(timesOf(told().incident)).toMatchObject({ detectMs: 4 * MINUTE });
    expect(timesOf(new Story().incident)).toEqual({ detectMs: undefined, acknowledgeMs: undefined, mitigateMs: undefined, resolveMs: undefined });
    expect([12_000, 60_000, 250_000, 4_320_000, undefined].map(sayDuration)).toEqual(['12 s', '1 min', '4 min 10 s', '1 h 12 min', '–']);
  });

  it('tells every event in one line', () => {
    const story = told();
    for (const event of story.events) expect(tell(event, story.incident)).toMatch(/^\S.{5,}$/);
  });
});
