import { describe, expect, it } from 'vitest';
import { timesOf } from '../../src/core/metrics.ts';
import { postmortem } from '../../src/core/postmortem.ts';
import { tell } from '../../src/core/story.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { MINUTE, type Story, T0 } from './given.ts';
import { forwardAgain, judged, NO_EFFECT, NOT_LIVE, RECOVERED, rolledBack, undone } from './given-forward.ts';

const iso = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
const write = ({ incident, events }: Story): string => postmortem({ incident, events, chart: undefined, record: undefined, iso });
/** The text under one heading. */
function part(story: Story, title: string): string {
  const text = write(story);
  const from = text.indexOf(`## ${title}\n`);
  const end = text.indexOf('\n## ', from + 1);
  return from < 0 ? '' : text.slice(from, end < 0 ? undefined : end);
}
const row = (story: Story, name: string): string | undefined => new RegExp(`^\\| \\*\\*${name}\\*\\* \\| (.*) \\|$`, 'm').exec(write(story))?.[1];

describe('the postmortem of a rollback without effect that was taken back', () => {
  it('calls the way forward so, and credits it with nothing', () => {
    const text = part(forwardAgain(), 'Summary');
    expect(text).toContain('It was rolled back from v2.14.0 to v2.13.2, asked for by Ada, approved by Grace. The verdict was no effect: 8.1 % after 600 s');
    expect(text).toContain('It went forward again from v2.13.2 to v2.14.0, asked for by Ada, approved by Grace. After that the error rate was 0.5 %');
    expect(text).toContain('Leaving v2.14.0 changed nothing and it runs now: it was not the cause, something else ended the trouble.');
    expect(text).not.toContain('went from');
    expect(write(forwardAgain())).not.toContain('rolled back from v2.13.2');
  });

  it('says in its facts which releases ran one after the other, and what each rollback did', () => {
    expect(row(forwardAgain(), 'Release')).toBe('v2.14.0 → v2.13.2 → v2.14.0 (went forward again)');
    expect(row(forwardAgain(), 'Verdict')).toMatch(/^rb1: no effect, 8\.1 % after 600 s.*; rb2, going forward again: recovered, 0\.5 % for 120 s$/);
  });

  it('gives every decision its own verdict', () => {
    const [, first = '', second = ''] = part(forwardAgain(), 'Decisions').split(/\*\*(?:Rollback|Forward again) (?=rb)/);
    expect(first).toMatch(/^rb1: v2\.14\.0 → v2\.13\.2\*\*.*Verdict at 03:\d\d:\d\d: \*\*no effect\*\*/s);
    expect(second).toMatch(/^rb2, takes rb1 back: v2\.13\.2 → v2\.14\.0\*\*.*Verdict at 03:\d\d:\d\d: \*\*recovered\*\*/s);
    expect(second).not.toContain('What went back');
  });

  it('looks for the cause elsewhere, and counts no detection from a release that was not it', () => {
    const actions = part(forwardAgain(), 'Action items');
    expect(actions).toContain('- [ ] Find what was the cause: v2.14.0 was not, going back from it had no effect and it runs again');
    expect(actions).not.toMatch(/Find the cause in|before the release/);
    expect(part(forwardAgain(), 'Questions for the review')).not.toContain('Why did the change reach');
    expect(timesOf(forwardAgain().incident).detectMs).toBeUndefined();
  });

  it('keeps what ran when the incident opened', () => {
    expect(part(forwardAgain(), 'What changed just before').trim().split('\n').slice(2)).toEqual([
      '- Running when the incident opened: v2.14.0, deployed 2026-11-20 02:56:00 UTC; before it ran v2.13.2.',
      '- Suspected: v2.14.0 (likely), deployed 4 min before the first alert; going back from it had no effect',
    ]);
  });

  it.each([
    ['never', undefined],
    ['only after the rollback went out', { current: 'v2.13.2', previous: 'v2.14.0', deployedAt: T0 + 20 * MINUTE }],
  ] as const)('where the deployments were read %s, the plan says what ran at the opening', (_, release) => {
    const story = rolledBack(undefined);
    if (!release) story.incident = { ...story.incident, release: undefined };
    else story.incident = { ...story.incident, release };
    const text = part(story, 'What changed just before');
    expect(text).toContain('- Running when the incident opened: v2.14.0, since when is not known; which release ran before it is not known.');
    expect(text).not.toContain('v2.13.2');
  });

  it('the timeline calls every turn of the way forward so', () => {
    const { incident, events } = forwardAgain();
    const told = events.filter((event) => 'id' in event && event.id === 'rb2').map((event) => tell(event, incident));
    expect(told).toHaveLength(6);
    for (const line of told) expect(line).not.toMatch(/[Rr]ollback/);
    expect(told[0]).toBe('Ada asked to take rb1 back and go forward again to v2.14.0: the gateway is down');
    expect(told.at(-1)).toBe('Way forward to v2.14.0 done: the run succeeded');
  });
});

describe('the postmortem and the cause', () => {
  it.each([
    [
      'no effect: probably not that release',
      () => judged(rolledBack(), NO_EFFECT),
      'Find what was the cause: probably not v2.14.0, going back from it had no effect',
    ],
    ['helped: that release', () => judged(rolledBack(), RECOVERED), 'Find the cause in v2.14.0 and keep it from being released again as it is'],
    [
      'helped, and then forward again: still that release',
      () => judged(undone(judged(rolledBack(), RECOVERED)), RECOVERED),
      'Find the cause in v2.14.0 and keep it from being released again as it is',
    ],
    ['worse: why', () => judged(rolledBack(), { ...NO_EFFECT, kind: 'worse' }), 'Find why it got worse with v2.13.2'],
    ['no verdict: whether', () => rolledBack(), 'Find out whether v2.14.0 was the cause: no verdict says that going back from it helped'],
    ['not live: first why the deploy did not arrive', () => judged(rolledBack(), NOT_LIVE), 'Find why the deploy of v2.13.2 did not reach every instance'],
  ])('%s', (_, story, wanted) => {
    expect(part(story(), 'Action items').split('\n')[2]).toContain(wanted);
  });

  it('a deploy that did not arrive is “not live” everywhere, and never “no effect”', () => {
    const story = judged(rolledBack(), NOT_LIVE);
    expect(row(story, 'Verdict')).toMatch(/^not live: the rollback reported success/);
    expect(part(story, 'Summary')).toContain('The verdict was not live: the rollback reported success, but v2.14.0 still answers on 2 of 3.');
    expect(part(story, 'Decisions')).toContain('**not live**');
    expect(part(story, 'Timeline')).toContain('Verdict: not live, the rollback reported success');
    expect(write(story)).not.toContain('no effect');
  });

  it('keeps the first verdict beside the one that counts', () => {
    const story = judged(rolledBack(), NOT_LIVE);
    const verdict: Verdict = { at: story.now + MINUTE, baseline: 0.004, during: 0.08, after: 0.005, runs: 'v2.13.2', kind: 'recovered', because: '0.5 %' };
    story.incident = { ...story.incident, verdict, verdicts: { ...story.incident.verdicts, 'verdict:verify:2': verdict } };
    const text = part(story, 'Summary');
    expect(text).toContain('At first the verdict was not live: the rollback reported success');
    expect(text).toContain('The error rate went from 8.0 % to 0.5 %');
    expect(part(story, 'Decisions').match(/Verdict at .*?\*\*(.*?)\*\*/g)).toHaveLength(2);
  });
});
