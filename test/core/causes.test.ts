import { describe, expect, it } from 'vitest';
import type { Causes } from '../../src/core/causes.ts';
import type { Command, Person } from '../../src/core/model.ts';
import { postmortem } from '../../src/core/postmortem.ts';
import { tell } from '../../src/core/story.ts';
import { logFindings } from '../../src/slack/view-logs.ts';
import { ada, grace, guest, Story } from './given.ts';

const KEY = 'aaaaaaaaaaaa';
const TIMEOUT = 'bbbbbbbbbbbb';
const found = [
  { fingerprint: KEY, title: 'KeyError: x', count: 3, is_new: true, sample: 'KeyError: x' },
  { fingerprint: TIMEOUT, title: 'gateway timeout', count: 2, is_new: false, sample: 'gateway timeout' },
];
/** The logs were searched once. */
const searched = () => {
  const story = new Story().withChannel().does(ada, { kind: 'skipStep', step: 'collect', run: 1, reason: '' });
  return story.when({ kind: 'stepEnded', step: 'logs', run: 1, ending: { kind: 'done', outcome: 'done', say: '2 kinds of error', data: { found } } });
};
const says = (verdict: 'confirmed' | 'ruled-out', fingerprint = KEY, run = 1): Command => ({ kind: 'judgeCause', step: 'logs', run, fingerprint, verdict });
const asks = (story: Story, by: Person, command: Command) => story.does(by, command).last;

describe('causes', () => {
  it('a finding is confirmed or ruled out by name, on its message, in the timeline', () => {
    const story = searched();
    const decision = asks(story, ada, says('confirmed'));
    expect(decision).toMatchObject({ reply: { ok: true }, events: [{ kind: 'causeJudged', title: 'KeyError: x', because: 'found by “logs”' }] });
    expect(decision.effects.map(({ key }) => key)).toContain('show:step:logs:1');
    expect(story.incident.causes).toMatchObject({ [KEY]: { title: 'KeyError: x', verdict: 'confirmed', by: 'Ada' } });
    expect(decision.events.map((event) => tell(event, story.incident))).toEqual(['Ada confirmed a cause: KeyError: x']);
  });

  it('the last word counts, the same word twice is said once, and every word stays', () => {
    const story = searched();
    asks(story, ada, says('confirmed'));
    expect(asks(story, grace, says('confirmed'))).toMatchObject({ events: [], reply: { ok: true, text: 'Ada said that already.' } });
    expect(asks(story, grace, says('ruled-out')).events).toMatchObject([{ because: 'Ada had said: the cause' }]);
    expect(story.incident.causes[KEY]).toMatchObject({ verdict: 'ruled-out', by: 'Grace' });
  });

  it('refuses what is not on the message now, and who may decide nothing', () => {
    const story = searched();
    for (const odd of ['cccccccccccc', 'constructor', ''])
      expect(asks(story, ada, says('confirmed', odd))).toMatchObject({ events: [], reply: { ok: false, code: 'E_NOT_NOW' } });
    expect(asks(story, ada, says('confirmed', KEY, 2))).toMatchObject({ events: [], reply: { ok: false, code: 'E_NOT_NOW' } });
    expect(asks(story, guest, says('confirmed'))).toMatchObject({ events: [], reply: { code: 'E_NOT_ALLOWED' } });
    asks(story, ada, { kind: 'resolve', summary: '' });
    expect(asks(story, ada, says('confirmed'))).toMatchObject({ events: [], reply: { code: 'E_NOT_NOW' } });
  });

  it('the postmortem lists confirmed ones first, escaped', () => {
    const story = searched();
    asks(story, ada, says('ruled-out', TIMEOUT));
    asks(story, grace, says('confirmed'));
    const written = postmortem({ incident: story.incident, events: story.events, chart: undefined, record: undefined, iso: () => '2026-11-20 03:00:00' });
    expect(written).toMatch(/## Causes\n\n- \*\*Confirmed\*\* by Grace: KeyError: x\n- \*\*Ruled out\*\* by Ada: gateway timeout/);
  });
});

describe('the buttons below a finding', () => {
  const aim = { incident: 'INC-1', step: 'logs', run: 1 };
  const blocks = (causes: Causes, over: object = { aim }) => logFindings({ found }, { aim: undefined, causes, ...over }) ?? [];
  const rows = (causes: Causes, over?: object) => blocks(causes, over).flatMap((block) => (block.type === 'actions' ? [block] : []));
  it('two for each, with ids of their own, that say what they are about', () => {
    expect(rows({}).map(({ elements }) => elements.map((one) => 'text' in one && one.text.text))).toEqual([
      ['This is it', 'Not this'],
      ['This is it', 'Not this'],
    ]);
    expect(new Set(rows({}).map(({ block_id: id }) => id)).size).toBe(2);
    expect(JSON.stringify(rows({}))).toContain('Not the cause: gateway timeout');
  });

  it('once somebody said so, their word and the way to the other one; none where nobody may say more', () => {
    const causes = { [KEY]: { title: 'KeyError: x', verdict: 'confirmed', by: '<@U0EVIL>', at: 1 } } as const;
    expect(rows(causes).map(({ elements }) => elements.map((one) => 'text' in one && one.text.text))).toEqual([
      ['Not this after all'],
      ['This is it', 'Not this'],
    ]);
    expect(JSON.stringify(blocks(causes))).toContain('*The cause*, says');
    expect(JSON.stringify(blocks(causes))).not.toContain('<@U0EVIL>');
    expect(rows(causes, {})).toEqual([]);
    expect(JSON.stringify(blocks(causes, {}))).toContain('*The cause*, says');
    // Findings of older incidents have no fingerprint.
    expect((logFindings({ found: [{ ...found[0], fingerprint: undefined as never }] }, { aim, causes: {} }) ?? []).some(({ type }) => type === 'actions')).toBe(
      false,
    );
  });
});
