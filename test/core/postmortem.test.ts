import { describe, expect, it } from 'vitest';
import { sayDuration, timesOf } from '../../src/core/metrics.ts';
import { type ChainEnd, postmortem } from '../../src/core/postmortem.ts';
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
const write = (story: Story, record?: ChainEnd): string =>
  postmortem({
    incident: story.incident,
    events: story.events,
    chart: { url: 'chart.png', alt: 'peak 8.2 %' },
    record,
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
      'v2.14.0 was deployed 4 min before the first alert.',
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

  it('says what changed just before, who is suspected, and what others changed meanwhile', () => {
    const story = told();
    const url = 'https://github.com/acme/shop/actions/runs/9';
    const change = { what: 'deployment', tag: 'v2.15.0', environment: 'production', state: 'success', by: '<b>eve</b>', url, at: T0 + MINUTE } as const;
    const text = write(Object.assign(story, { incident: { ...story.incident, outside: [change] } }));
    const section = text.slice(text.indexOf('## What changed just before'), text.indexOf('## Timeline'));
    expect(section.trim().split('\n')).toEqual([
      '## What changed just before',
      '',
      '- Running when the incident opened: v2.14.0, deployed 2026-11-20 02:56:00 UTC; before it ran v2.13.2.',
      '- Suspected: v2.14.0 (likely), deployed 4 min before the first alert',
      '',
      'Others changed while it was open:',
      '',
      '- 2026-11-20 03:01:00 UTC: Deployment of v2.15.0 to production: success, by &lt;b&gt;eve&lt;/b&gt;, not by Tagback',
    ]);
    expect(write(new Story())).toContain('- Which release ran when the incident opened is not known.\n');
  });

  it('names the rows of the audit chain that an export made later must still show', () => {
    const head = { seq: 61, hash: 'a'.repeat(64) };
    const own = { seq: 57, hash: 'b'.repeat(64) };
    const text = write(told(), { head, own });
    expect(text).toContain(`the audit chain ended with row 61, SHA-256 \`${head.hash}\`. The newest event of INC-1 in it is row 57, SHA-256 \`${own.hash}\`.`);
    expect(text).toContain('row 57 must have this hash');
    expect(write(told(), { head: own, own })).toContain('That row is the newest event of INC-1.');
    expect(write(told())).not.toContain('## Record');
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
