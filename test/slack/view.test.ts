import { describe, expect, test } from 'vitest';
import type { Incident, Input } from '../../src/core/model.ts';
import { plainBlocks } from '../../src/slack/plain-blocks.ts';
import { type Message, type RenderExtra, render } from '../../src/slack/view.ts';
import { home } from '../../src/slack/view-home.ts';
import { catchup, timeline } from '../../src/slack/view-story.ts';
import { checkMessage, checkView, texts } from '../contracts/slack.ts';
import { done, lastOf, lit, rollbackStories, verdict } from './rollback-stories.ts';
import { ada, EVIL, NOW, play, type Story, said, stories } from './stories.ts';

const links = { timeline: 'https://tagback.example/i/42', postmortem: 'https://github.com/acme/checkout/pull/9' };
const extra: RenderExtra = { links, call: ['U0ADA', 'S0SRE'], chart: { fileId: 'F0CHART', alt: `peak 8.2 %, ${EVIL}` }, memo: { say: EVIL } };

/** Every slot an incident in this state can have. */
function slotsOf(incident: Incident): string[] {
  const steps = Object.entries(incident.steps).flatMap(([id, { run }]) => [`step:${id}:${run}`, `step:${id}:${run + 1}`]);
  const rollbacks = Object.keys(incident.rollbacks).flatMap((id) => [`rollback:${id}`, `glass:${id}`]);
  return ['card', 'chart', 'verdict', 'verdict:verify:1', 'postmortem', 'announce', 'notify:tell:1', 'nonsense', ...steps, ...rollbacks];
}

function* messagesOf(story: Story): Generator<{ where: string; message: Message }> {
  for (const [at, incident] of story.states.entries()) {
    for (const slot of slotsOf(incident)) {
      const message = render(incident, slot, extra);
      if (message) yield { where: `${story.name} #${at} ${slot}`, message };
    }
    const event = story.events[at];
    const line = event && render(incident, `line:${at}`, { ...extra, event });
    if (line) yield { where: `${story.name} line:${at} ${event.kind}`, message: line };
    const told = story.events.slice(0, at + 1);
    yield { where: `${story.name} catchup #${at}`, message: catchup(incident, told) };
    yield { where: `${story.name} timeline #${at}`, message: timeline(incident, told) };
  }
}

describe.each([
  ['plain words', 'checkout fails with 5xx'],
  ['hostile words', EVIL],
  ['no words', ''],
  ['only entities', '&<>'.repeat(200)],
  ['only line breaks', '\n'.repeat(500)],
])('with %s', (_, words) => {
  const all = [...stories(words), ...rollbackStories(words)].flatMap((story) => [...messagesOf(story)]);

  test('every slot in every state is a message Slack takes', () => {
    expect(all.length).toBeGreaterThan(1500);
    const refused = all.map(({ where, message }) => ({ where, errors: checkMessage(message.blocks) })).filter(({ errors }) => errors.length > 0);
    expect(refused.slice(0, 5)).toEqual([]);
  });

  test('every message can also be sent in plain blocks', () => {
    const refused = all.map(({ where, message }) => ({ where, errors: checkMessage(plainBlocks(message.blocks)) })).filter(({ errors }) => errors.length > 0);
    expect(refused.slice(0, 5)).toEqual([]);
  });

  test('every message says something without its blocks, and not with a picture first', () => {
    const silent = all.filter(({ message }) => message.text.trim() === '' || /^\p{Extended_Pictographic}/u.test(message.text) || message.text.length > 3900);
    expect(silent.map(({ where }) => where)).toEqual([]);
  });

  test('nothing from outside pings, links or hides', () => {
    const seen = all.flatMap(({ where, message }) => [message.text, ...texts(message.blocks)].map((text) => ({ where, text })));
    const harmful = seen.filter(({ text }) =>
      /<!(?!date\^|subteam\^S0SRE>)|<@(?!U0(ADA|BOB)>)|<#(?!C0INC>)|<http:|[\u202a-\u202e\u2066-\u2069\u200b]/.test(text),
    );
    expect(harmful.slice(0, 3)).toEqual([]);
  });
});

const story = play('buttons', []);
const state = (of: Story, at: number): Incident => {
  const found = of.states.at(at);
  if (!found) throw new Error(`no state ${at}`);
  return found;
};
const labels = (message: Message | undefined): string[] =>
  (message?.blocks ?? []).flatMap((block) =>
    block.type === 'actions' ? block.elements.map((element) => ('text' in element ? element.text.text : element.type)) : [],
  );

describe('the card', () => {
  test('offers the lead first, at most three buttons beside the overflow, and after the end only the way back', () => {
    const [opened, resolved] = [state(story, 0), state(play('over', [said(ada, { kind: 'acknowledge' }), said(ada, { kind: 'resolve', summary: '' })]), -1)];
    const led = state(play('led', [said(ada, { kind: 'acknowledge' })]), -1);
    expect(labels(render(opened, 'card', { links }))).toEqual(['Take the lead', 'Roll back…', 'overflow']);
    expect(labels(render(led, 'card', { links }))).toEqual(['Roll back…', 'Resolve…', 'overflow']);
    expect(labels(render(resolved, 'card', { links }))).toEqual(['Reopen']);
    for (const { states } of stories('words')) {
      for (const each of states) expect(labels(render(each, 'card', extra)).filter((label) => label !== 'overflow').length).toBeLessThanOrEqual(3);
    }
  });

  test('calls the people on call while nobody leads, and nobody afterwards', () => {
    const led = state(play('led', [said(ada, { kind: 'acknowledge' })]), -1);
    const opened = render(state(story, 0), 'card', { links, call: ['U0ADA', 'S0SRE'] });
    expect(opened?.text).toContain('Calling <@U0ADA> <!subteam^S0SRE>');
    expect(JSON.stringify(render(led, 'card', { links, call: ['U0ADA', 'S0SRE'] }))).not.toMatch(/<@|<!subteam/);
  });

  test('names service, problem, severity and state in its text', () => {
    const message = render(state(story, 0), 'card', { links });
    expect(message?.text).toBe('SEV2 INC-42 open, not acknowledged: checkout fails (checkout-api), no lead yet');
  });
});

describe('lines', () => {
  test('never mention the person who acted', () => {
    for (const { states, events } of stories('words')) {
      for (const [at, event] of events.entries()) {
        const actor = event.by.kind === 'human' ? event.by.slackId : undefined;
        const message = render(state({ name: '', states, events }, at), `line:${at}`, { links, event });
        if (actor && message) expect(JSON.stringify(message)).not.toContain(`<@${actor}>`);
      }
    }
  });

  test('somebody who is handed a role is told by a mention', () => {
    const { states, events } = play('hand over', [said(ada, { kind: 'takeRole', role: 'lead', person: { slackId: 'U0BOB', name: 'Bob' } })]);
    const at = events.findIndex(({ kind }) => kind === 'roleTaken');
    expect(render(state({ name: '', states, events }, at), `line:${at}`, { links, event: events[at] as (typeof events)[number] })?.text).toBe(
      '<@U0BOB> now leads this incident, handed over by Ada.',
    );
  });
});

describe('the rollback card', () => {
  test('shows from, to, what is undone, every check with a word, who must approve and until when', () => {
    const asking = stories('words')
      .find(({ name }) => name === 'recovers')
      ?.states.find(({ rollbacks }) => rollbacks.rb1?.stage === 'asking');
    const text = texts(render(asking as Incident, 'rollback:rb1', { links })?.blocks).join('\n');
    for (const part of [
      'v2.14.0',
      'v2.13.2',
      '12 commits by ada',
      'show the difference',
      '✅ 1 check ok: target exists',
      '⚠️ look · *migrations*',
      '⛔ stop · *artifact*',
      '0 of 2',
      '<!subteam^S0SRE>',
      '<!date^',
    ]) {
      expect(text).toContain(part);
    }
    // Ada asked: she is not called to her own request.
    expect(text).not.toContain('<@U0ADA>');
  });

  test('has no approve button in any state but asking', () => {
    for (const { states } of stories('words')) {
      for (const each of states) {
        const stage = each.rollbacks.rb1?.stage;
        if (stage) expect(labels(render(each, 'rollback:rb1', { links })).includes('Approve')).toBe(stage === 'asking');
      }
    }
  });
});

test('the home is a view Slack takes, with any number of incidents', () => {
  const open = Array.from({ length: 40 }, () => state(play('x', [], EVIL), 0));
  expect(checkView(home([]))).toEqual([]);
  expect(checkView(home(open))).toEqual([]);
});

test('twenty endless addresses fit into one message, and the last one is not cut in its middle', () => {
  const url = (n: number) => ({ kind: 'url', url: `https://shop.example/${n}?q=${'x'.repeat(1900)}`, by: 'Ada', at: 0 }) as const;
  const channel: Input = { kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc-42' } };
  const incident = state(play('urls', [channel, said(ada, { kind: 'addEvidence', items: Array.from({ length: 20 }, (_, n) => url(n)) })]), -1);
  const message = render(incident, 'step:collect:1', { links });
  expect(checkMessage(message?.blocks ?? [])).toEqual([]);
  const list = texts(message?.blocks).find((text) => text.includes('shop.example/0')) ?? '';
  expect(list.length).toBeLessThanOrEqual(3000);
  expect(list.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
});

describe('what changed just before', () => {
  const MINUTE = 60_000;
  const at = (deployedAt: number | undefined, ...more: Parameters<typeof play>[1]): Incident => {
    const channel = { kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc' } } as const;
    const seen = { kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt } } as const;
    return lastOf(play('suspect', [channel, seen, ...more]));
  };
  const LIKELY = '*Suspected*: `v2.14.0` (likely), deployed 4 min before the first alert';

  test('stands on the card under the facts, in its notification, in the catch-up and in the call for the owner', () => {
    const incident = at(NOW - 4 * MINUTE);
    const message = render(incident, 'card', extra);
    expect(JSON.stringify(message?.blocks[2])).toContain(LIKELY);
    expect(message?.text.split('\n')).toEqual([expect.stringContaining('INC-42'), LIKELY, expect.stringContaining('who takes the lead?')]);
    expect(JSON.stringify(catchup(incident, []).blocks)).toContain(LIKELY);
    expect(JSON.stringify(render(incident, 'notify:tell:1', extra)?.blocks)).toContain(LIKELY);
  });

  test('says possible and unlikely in other words, and nothing where nothing is known', () => {
    const said = (incident: Incident) => JSON.stringify(render(incident, 'card', extra)?.blocks);
    expect(said(at(NOW - 90 * MINUTE))).toContain('*Suspected*: `v2.14.0` (possible), running for 1 h 30 min when the first alert came');
    expect(said(at(NOW - 4320 * MINUTE))).toContain('*Hardly the cause*: `v2.14.0` (unlikely), running for 3 d when the first alert came');
    expect(said(lastOf(play('none', [{ kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc' } }])))).not.toMatch(/Suspected|Hardly/);
    expect(said(lastOf(play('over', [...done(lit('green'))])))).not.toMatch(/Suspected|Hardly/);
  });

  test('the card says which release runs with the doubt there is about it', () => {
    const still = { tag: 'v2.14.0', count: 2, asked: 3 };
    const incident = lastOf(play('partial', [...done(lit('green')), verdict('no-effect', 'x', still)]));
    expect(JSON.stringify(render(incident, 'card', extra)?.blocks)).toContain('`v2.13.2`, rolled back from `v2.14.0`; `v2.14.0` still answers on 2 of 3');
  });
});
