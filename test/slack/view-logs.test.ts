import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import { logFindings } from '../../src/slack/view-logs.ts';
import { EVIL } from './stories.ts';

const found = (more: Readonly<Record<string, Json>> = {}) => ({
  title: 'KeyError: x',
  count: 38,
  is_new: true,
  before: 0,
  first_at: 1_795_168_931_000,
  sample: 'KeyError: x\n  at a\nKeyError: x',
  ...more,
});
const known = { id: 'missing-key', title: 'A key is missing', means: 'It means.', check: 'Look.', do: 'Mend.' };
const touched = {
  is: 'touched',
  path: 'src/a.ts',
  line: 41,
  reach: 'line',
  sureness: 'sure',
  url: 'https://x/a.ts#L41',
  origin: { sha: null, url: 'https://x/pull/12', author: 'ada', pull: 12 },
};
const textOf = (data: Readonly<Record<string, Json>>): string => JSON.stringify(logFindings(data) ?? []);
const data = (...all: readonly Json[]): Readonly<Record<string, Json>> => ({
  found: all,
  groups: all.length,
  since: 'v2.14.0',
  window: { truncated: false },
  compared: { truncated: false },
});

describe('what a log search found', () => {
  it('says what is new, how often, since when, whether it is in the release, what it means and what to do, in this order', () => {
    const text = textOf(data(found({ known, release: touched })));
    const order = [
      '*New*',
      '38×',
      '<!date^1795168931',
      'KeyError: x',
      '*In the release*: v2.14.0 changed this very line',
      'src/a.ts:41',
      '#12',
      'It means.',
      'Look.',
      'Mend.',
      '```',
    ];
    expect(order.map((part) => text.indexOf(part))).toEqual(order.map((part) => text.indexOf(part)).toSorted((a, b) => a - b));
    expect(order.filter((part) => !text.includes(part))).toEqual([]);
  });

  it('says that rolling back may not help, how sure it is, and what grew', () => {
    expect(textOf(data(found({ release: { is: 'untouched', because: 'x' } })))).toContain('*Nothing in v2.14.0 touches it*: rolling back may not help.');
    expect(textOf(data(found({ release: { ...touched, sureness: 'guess' } })))).toContain('perhaps: only the file name is the same');
    expect(textOf(data(found({ release: { is: 'unknown', because: 'x' } })))).not.toContain('release');
    expect(textOf(data(found({ is_new: false, before: 2, times: 12 })))).toContain('12 times as often as before');
  });

  it('says by whom the file was changed last, in which pull request and commit, as far as that is known', () => {
    const by = (origin: Readonly<Record<string, Json>>): string => textOf(data(found({ release: { ...touched, origin: { ...touched.origin, ...origin } } })));
    const sha = 'abcdef0123456789';
    expect(by({ sha })).toContain(' · last by ada in <https://x/pull/12|#12> (abcdef0)');
    expect(by({})).toContain(' · last by ada in <https://x/pull/12|#12>"');
    expect(by({ sha, pull: null, url: 'https://x/commit/abc' })).toContain(' · last by ada in <https://x/commit/abc|abcdef0>"');
    expect(by({ author: null })).toContain(' · last by <https://x/pull/12|#12>"');
    expect(textOf(data(found({ release: { ...touched, origin: null } })))).not.toContain('last by');
  });

  it('says what the numbers leave out', () => {
    expect(textOf({ ...data(found({ is_new: false, before: null })), compared: null })).toContain('nobody can say what is new');
    expect(textOf({ ...data(found()), window: { truncated: true } })).toContain('the newest lines only');
    expect(textOf({ ...data(found()), groups: 9 })).toContain('8 more kinds of error');
  });

  it('incidents from before this was looked for are still shown, and nothing found is nothing', () => {
    expect(textOf({ found: [{ title: 'old', count: 1, is_new: true, sample: 's' }] })).toContain('old');
    expect(logFindings({ found: [] })).toBeUndefined();
    expect(logFindings({ found: [5, null, { title: 1 }] })).toBeUndefined();
    expect(logFindings({})).toBeUndefined();
  });

  it('what stands in a log is shown and not obeyed, and keeps the limits of Slack', () => {
    const evil = found({
      title: EVIL,
      cause: EVIL,
      sample: EVIL.repeat(9),
      known: { title: EVIL, means: EVIL, check: EVIL, do: EVIL },
      release: { ...touched, path: EVIL, url: null, origin: { ...touched.origin, author: EVIL } },
    });
    const blocks = logFindings(data(evil, evil, evil, evil, evil)) ?? [];
    expect(JSON.stringify(blocks)).not.toMatch(/<!channel>|<@U999>|<#C999>|<http:\/\/evil/);
    for (const block of blocks) if (block.type === 'section') expect(block.text?.text.length).toBeLessThanOrEqual(3_000);
    expect(blocks.length).toBeLessThan(12);
  });
});
