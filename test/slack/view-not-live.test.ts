/** One name of a verdict in every message; and who went forward again mended nothing by it. */
import { describe, expect, it } from 'vitest';
import { type RenderExtra, render } from '../../src/slack/view.ts';
import { announce } from '../../src/slack/view-announce.ts';
import { timeline } from '../../src/slack/view-story.ts';
import type { Story } from '../core/given.ts';
import { forwardAgain, judged, NO_EFFECT, NOT_LIVE, RECOVERED, rolledBack } from '../core/given-forward.ts';

const extra: RenderExtra = { links: { timeline: undefined, postmortem: undefined }, call: [], chart: undefined, memo: undefined };

const texts = ({ incident, events }: Story): Record<string, string> => ({
  card: JSON.stringify(render(incident, 'card', extra)),
  verdict: JSON.stringify(render(incident, Object.keys(incident.verdicts).at(-1) ?? '', extra)),
  timeline: JSON.stringify(timeline(incident, events)),
  announce: JSON.stringify(announce(incident, extra)),
});

describe('the word for a verdict', () => {
  it('is “not live” in every message where another release still answers', () => {
    for (const [name, text] of Object.entries(texts(judged(rolledBack(), NOT_LIVE)))) {
      expect.soft(text, name).toMatch(/not live/i);
      expect.soft(text, name).not.toMatch(/no effect/i);
    }
  });

  it('is “no effect” in every message where the target runs and the errors stay', () => {
    for (const [name, text] of Object.entries(texts(judged(rolledBack(), NO_EFFECT)))) {
      expect.soft(text, name).toMatch(/no effect/i);
      expect.soft(text, name).not.toMatch(/not live/i);
    }
  });
});

describe('the announcement', () => {
  it('says what each rollback did, and credits going forward with nothing', () => {
    const text = texts(forwardAgain()).announce;
    expect(text).toContain('Rolled back from `v2.14.0` to `v2.13.2`: no effect');
    expect(text).toContain('Forward again from `v2.13.2` to `v2.14.0`: errors are at 0.5 %');
    expect(text).not.toContain('errors went from');
  });

  it('says by how much a rollback that helped did', () => {
    expect(texts(judged(rolledBack(), RECOVERED)).announce).toContain('Rolled back from `v2.14.0` to `v2.13.2`: errors went from 8.0 % to 0.5 %');
  });
});
