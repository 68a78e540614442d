import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Incident } from '../../src/core/model.ts';
import { realClock } from '../../src/lib/clock.ts';
import { Failure } from '../../src/lib/failure.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../../src/sandbox/slack/server.ts';
import type { Fields, Values } from '../../src/sandbox/slack/world.ts';
import { createSocketDoor } from '../../src/slack/door-socket.ts';
import { createListener, type Listener } from '../../src/slack/listen.ts';
import { createTalk, type Talk } from '../../src/slack/talk.ts';
import { render } from '../../src/slack/view.ts';
import { checkMessage, checkView, texts } from '../contracts/slack.ts';
import { type MemoryEngine, memoryEngine } from './memory-engine.ts';
import { silent } from './stage.ts';
import { ada, plan } from './stories.ts';

const manifest = parse(readFileSync(new URL('../../app-manifest.yml', import.meta.url), 'utf8'));
let slack: MiniSlack;
let talk: Talk;
let engine: MemoryEngine;
let listener: Listener;
let incident: Incident;
/** The incident's channel. */
let room: string;

beforeEach(async () => {
  slack = await startSlack({
    clock: realClock,
    people: [
      { id: 'U0ADA', name: 'ada' },
      { id: 'U0BOB', name: 'bob' },
      { id: 'U0GUEST', name: 'gus', kind: 'single-channel-guest' },
    ],
    groups: [{ id: 'S0SRE', handle: 'sre', members: ['U0BOB'] }],
    botToken: 'xoxb-1',
    appToken: 'xapp-1',
    commands: ['/incident', '/inc', '/rollback'],
    shortcuts: ['report_problem', 'declare_incident'],
    messageShortcuts: ['add_to_timeline'],
    events: manifest.settings.event_subscriptions.bot_events,
    scopes: manifest.oauth_config.scopes.bot,
    limits: 'off',
    mode: 'socket',
  });
  talk = createTalk({ url: slack.url, token: 'xoxb-1', clock: realClock, log: silent, deadlineMs: 5_000 });
  engine = memoryEngine();
  const up = new Promise<void>((resolve) => {
    const receiver = createSocketDoor({ appToken: 'xapp-1', url: slack.url, clock: realClock, log: silent, onState: (state) => state === 'ok' && resolve() });
    listener = createListener({ receiver, engine, talk, log: silent, clock: realClock });
  });
  await listener.start();
  await up;
  ({ incident } = await engine.openIncident({ title: 'checkout fails', service: 'checkout-api', severity: 'sev2', by: ada, evidence: [] }, 'start'));
  const channel = await talk.createChannel({ name: 'inc-1-checkout', isPrivate: false });
  room = channel.id;
  await talk.invite(room, ['U0ADA', 'U0BOB', 'U0GUEST']);
  engine.feed(incident.id, { kind: 'channelOpened', channel });
  engine.opened.length = 0;
});
afterEach(async () => {
  await listener.stop();
  await talk.close();
  await slack.close();
  for (const request of slack.requests) {
    const { blocks, view } = request.args;
    if (blocks) expect(checkMessage(blocks as unknown[])).toEqual([]);
    if (view) expect(checkView(view)).toEqual([]);
  }
});

const settled = async (): Promise<void> => {
  await slack.settled();
  await listener.idle();
  await slack.settled();
};
const privately = (user: string): string =>
  slack.world.ephemerals
    .filter((one) => one.user === user)
    .map(({ message }) => [message.text, ...texts(message.blocks ?? [])].join('\n'))
    .join('\n---\n');
const show = async (slot: string): Promise<string> => {
  const message = render(engine.get(incident.id), slot, { links: {} });
  if (!message) throw new Error(`nothing in ${slot}`);
  return talk.post({ channel: room, ...message, key: slot });
};
const views = () => [...slack.world.views.values()].map(({ view }) => view);
/** A state for every field by its block: all inputs of ours are called `value`, but the service that reloads the releases. */
const fill = (fields: Record<string, Fields>): Values => Object.fromEntries(Object.entries(fields).map(([block, state]) => [block, { value: state }]));
const commands = () => engine.asked.map(({ command }) => command.kind);

describe('buttons', () => {
  test('the lead is taken by a click, and only the person who clicked is told what is next', async () => {
    const ts = await show('card');
    expect(await slack.as('U0ADA').click(room, ts, 'acknowledge')).toMatchObject({ kind: 'acked' });
    await settled();
    expect(engine.get(incident.id).roles.lead).toMatchObject({ slackId: 'U0ADA' });
    expect(privately('U0ADA')).toContain('You lead this incident. Next: Collect words.');
    expect(privately('U0BOB')).toBe('');
  });

  test('the overflow opens forms; what is filled in is done and told in the channel', async () => {
    const ts = await show('card');
    await slack.as('U0ADA').click(room, ts, 'more', `update|${incident.id}`);
    await settled();
    const [view] = views();
    expect(await slack.as('U0ADA').submit(view?.id ?? '', fill({ text: { value: 'we look, password=hunter2secret' } }))).not.toHaveProperty('errors');
    await settled();
    expect(engine.get(incident.id).update?.text).toMatch(/^we look, password=/);
    expect(engine.get(incident.id).update?.text).not.toContain('hunter2secret');
    expect(privately('U0ADA')).toContain('The update is out.');
  });

  test('"Done" clicked early is answered with what is missing, and evidence makes it go through', async () => {
    const ts = await show('step:collect:1');
    await slack.as('U0ADA').click(room, ts, 'answerStep');
    await settled();
    expect(privately('U0ADA')).toContain('Still needed: 1 URL and 1 screenshot. (E_EVIDENCE)');
    await slack.as('U0ADA').click(room, ts, 'addEvidence');
    await settled();
    const file = await slack.as('U0ADA').upload('shot.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const view = views().at(-1);
    const values = fill({ urls: { value: 'https://shop.example/cart' }, screenshots: { files: [file] } });
    expect(await slack.as('U0ADA').submit(view?.id ?? '', { ...values, urls: { value: { value: 'ftp://x' } } })).toMatchObject({
      errors: { urls: expect.stringContaining('E_URL_SCHEME') },
    });
    expect(await slack.as('U0ADA').submit(view?.id ?? '', values)).not.toHaveProperty('errors');
    await settled();
    expect(engine.get(incident.id).evidence.map(({ kind, by }) => [kind, by])).toEqual([
      ['url', 'ada'],
      ['screenshot', 'ada'],
    ]);
    await slack.as('U0ADA').click(room, ts, 'answerStep');
    await settled();
    expect(engine.get(incident.id).steps.collect?.state).toBe('done');
  });

  test('S09: a button of an incident nobody knows is answered, and does nothing', async () => {
    const message = render(engine.get(incident.id), 'card', { links: {} });
    const blocks = JSON.parse(JSON.stringify(message?.blocks).replaceAll(incident.id, 'INC-999'));
    const ts = await talk.post({ channel: room, text: message?.text ?? ('' as never), blocks, key: 'tampered' });
    await slack.as('U0ADA').click(room, ts, 'acknowledge');
    await settled();
    expect(privately('U0ADA')).toMatch(/no incident INC-999.*nothing was done.*E_UNKNOWN_INCIDENT/);
    expect(engine.asked).toEqual([]);
  });

  test('a guest may look, but decides nothing', async () => {
    await slack.as('U0GUEST').click(room, await show('card'), 'acknowledge');
    await settled();
    expect(privately('U0GUEST')).toContain('E_NOT_ALLOWED');
    expect(engine.get(incident.id).roles.lead).toBeUndefined();
  });
});

describe('a rollback', () => {
  async function asked(): Promise<string> {
    await slack.as('U0ADA').slash(room, '/rollback', 'v2.13.2 --reason 5xx rose');
    await settled();
    engine.feed(incident.id, {
      kind: 'rollbackPlanned',
      id: 'rb1',
      plan: plan('fine', { approve: { require: 1, from: ['S0SRE'], requesterMay: false, expiresMs: 900_000 } }),
    });
    return show('rollback:rb1');
  }

  test('is asked for by a command, and approved by a member of the named group, whose membership is read at the click', async () => {
    const ts = await asked();
    expect(engine.get(incident.id).rollbacks.rb1).toMatchObject({ tag: 'v2.13.2', reason: '5xx rose', stage: 'asking' });
    await slack.as('U0ADA').click(room, ts, 'approveRollback');
    await settled();
    expect(privately('U0ADA')).toContain('You asked for this rollback; somebody else has to approve it. (E_NOT_ALLOWED)');
    await slack.as('U0BOB').click(room, ts, 'approveRollback');
    await settled();
    expect(engine.asked.at(-1)).toMatchObject({ by: { slackId: 'U0BOB', groups: ['S0SRE'] }, command: { kind: 'approveRollback', rollback: 'rb1' } });
    expect(engine.get(incident.id).rollbacks.rb1?.stage).toBe('applying');
  });

  test('is not approved when Slack cannot say who clicked', async () => {
    const ts = await asked();
    slack.faults.next('users.info', '500');
    await slack.as('U0BOB').click(room, ts, 'approveRollback');
    await settled();
    expect(engine.get(incident.id).rollbacks.rb1?.stage).toBe('asking');
    expect(privately('U0BOB')).toContain('(E_SLACK)');
  });

  test('is declined with a reason', async () => {
    await slack.as('U0BOB').click(room, await asked(), 'declineRollback');
    await settled();
    await slack.as('U0BOB').submit(views().at(-1)?.id ?? '', fill({ text: { value: 'the migration ran' } }));
    await settled();
    expect(engine.get(incident.id).rollbacks.rb1).toMatchObject({ stage: 'declined', because: 'the migration ran' });
  });

  test('without a tag a form comes up with the newest healthy release chosen', async () => {
    await slack.as('U0ADA').slash(room, '/rollback');
    await settled();
    const view = views().at(-1);
    expect(JSON.stringify(view)).toContain('"initial_option":{"text":{"type":"plain_text","text":"v2.13.2, 6 days"');
    await slack.as('U0ADA').submit(view?.id ?? '', fill({ reason: { value: 'form' } }));
    await settled();
    expect(engine.get(incident.id).rollbacks.rb1).toMatchObject({ tag: 'v2.13.2', reason: 'form' });
  });

  test('C01: /rollback alone, outside, shows how, with the last three releases to copy', async () => {
    await slack.as('U0ADA').slash('general', '/rollback');
    await settled();
    for (const tag of ['v2.13.2', 'v2.13.1', 'v2.12.0']) expect(privately('U0ADA')).toContain(`/rollback checkout-api ${tag}`);
    expect(privately('U0ADA')).not.toContain('v1.0.0');
  });

  test('C08: a mistyped tag of a service without an open incident opens none, and names the nearest', async () => {
    engine.feed(incident.id, { kind: 'command', by: ada, command: { kind: 'resolve', summary: '' } });
    await slack.as('U0ADA').slash('general', '/rollback', 'checkout-api v2.13.3');
    await settled();
    expect(privately('U0ADA')).toMatch(/v2\.13\.3.*not among.*v2\.13\.2, v2\.13\.1.*E_TAG_UNKNOWN/s);
    expect(engine.opened).toEqual([]);
  });

  test('asked for elsewhere it joins the open incident of its service, and says where the plan appears', async () => {
    await slack.as('U0ADA').slash('general', '/rollback', 'checkout-api v2.13.2');
    await settled();
    expect(engine.opened).toEqual([]);
    expect(commands()).toEqual(['requestRollback']);
    expect(privately('U0ADA')).toContain(`<#${room}>`);
  });

  test('the form outside any incident asks for the service first', async () => {
    await slack.as('U0ADA').slash('general', '/rollback');
    await settled();
    const message = slack.world.ephemerals.at(-1)?.message;
    await slack.as('U0ADA').click('general', message?.ts ?? '', 'requestRollback');
    await settled();
    const view = views().at(-1);
    await slack.as('U0ADA').clickInView(view?.id ?? '', 'pickService', 'checkout-api');
    await settled();
    expect(JSON.stringify(slack.world.views.get(view?.id ?? '')?.view)).toContain('tag:checkout-api');
    await slack.as('U0ADA').submit(view?.id ?? '', {
      service: { pickService: { selected_option: 'checkout-api' } },
      'tag:checkout-api': { value: { selected_option: 'v2.13.1' } },
    });
    await settled();
    expect(engine.get(incident.id).rollbacks.rb1).toMatchObject({ tag: 'v2.13.1' });
  });
});

describe('/incident', () => {
  test.each([
    ['status', 'SEV2'],
    ['next', 'Collect words'],
    ['catchup', 'checkout fails'],
    ['timeline', 'Timeline of INC-1'],
    ['help', '/incident severity'],
    ['halp', 'Did you mean /incident help? (E_UNKNOWN_COMMAND)'],
    ['severity sev1', 'Now SEV1.'],
    ['note it began with the deploy', 'It is in the timeline.'],
    ['resolve it was the cache', 'Resolved.'],
    ['lead', 'is the lead now'],
    ['lead <@U0BOB|bob>', 'bob is the lead now'],
  ])('%s', async (text, says) => {
    expect(await slack.as('U0ADA').slash(room, '/inc', text)).toMatchObject({ kind: 'acked' });
    await settled();
    expect(privately('U0ADA')).toContain(says);
    expect(privately('U0BOB')).toBe('');
  });

  test.each(['note', 'update', 'resolve', 'severity', 'new'])('%s without words opens a form', async (text) => {
    await slack.as('U0ADA').slash(room, '/incident', text);
    await settled();
    expect(views()).toHaveLength(1);
    expect(engine.asked).toEqual([]);
  });

  test('elsewhere it lists what is open; C15: a command that needs an incident names the ones there are', async () => {
    await slack.as('U0ADA').slash('general', '/incident');
    await slack.as('U0ADA').slash('general', '/incident', 'close');
    await settled();
    expect(privately('U0ADA')).toContain('1 incident is open.');
    expect(privately('U0ADA')).toMatch(/needs to know which incident.*E_CONTEXT.*INC-1/s);
  });

  test('new opens at once, with the person as reporter', async () => {
    await slack.as('U0ADA').slash('general', '/incident', 'new sev1 payment Cards are refused');
    await settled();
    expect(engine.opened).toMatchObject([{ title: 'Cards are refused', service: 'payment', severity: 'sev1', by: { slackId: 'U0ADA', rank: 'member' } }]);
    expect(privately('U0ADA')).toContain('INC-2 is open.');
  });

  test('page calls people into the channel, and writes it down', async () => {
    await slack.as('U0ADA').slash(room, '/incident', 'page <!subteam^S0SRE|@sre>');
    await settled();
    expect(
      slack.world.channels
        .get(room)
        ?.messages.map(({ text }) => text)
        .join(),
    ).toContain('<!subteam^S0SRE> ada needs you here');
    expect(engine.asked).toMatchObject([{ command: { kind: 'note', text: 'called group S0SRE' } }]);
  });

  test('postmortem puts the draft into the channel', async () => {
    await slack.as('U0ADA').slash(room, '/incident', 'postmortem');
    await settled();
    expect([...slack.world.files.values()].map(({ name, channels }) => [name, channels])).toEqual([['inc-1-postmortem.md', [room]]]);
  });
});

describe('reports and shortcuts', () => {
  test('anybody can report a problem with address and picture; the answer comes in the form', async () => {
    await slack.as('U0BOB').shortcut('report_problem');
    await settled();
    const view = views().at(-1);
    const file = await slack.as('U0BOB').upload('shot.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    await slack
      .as('U0BOB')
      .submit(
        view?.id ?? '',
        fill({
          title: { value: 'Chapter 4 is broken' },
          urls: { value: 'https://lessons.example/4' },
          screenshots: { files: [file] },
          service: { selected_option: 'payment' },
        }),
      );
    await settled();
    expect(engine.opened).toMatchObject([
      { title: 'Chapter 4 is broken', service: 'payment', by: { slackId: 'U0BOB' }, evidence: [{ kind: 'url' }, { kind: 'screenshot', fileId: file }] },
    ]);
    expect(JSON.stringify(slack.world.views.get(view?.id ?? ''))).toContain('INC-2 is open.');
  });

  test('a message and its pictures go into the timeline, by shortcut or by pin, and only once', async () => {
    const file = await slack.as('U0ADA').upload('graph.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const { ts } = await slack.as('U0ADA').say(room, 'the cache is cold', { files: [file] });
    await slack.as('U0BOB').messageShortcut('add_to_timeline', room, ts);
    await settled();
    await slack.as('U0BOB').react(room, ts, 'pushpin');
    await slack.as('U0ADA').react(room, ts, 'tada');
    await settled();
    expect(engine.asked).toMatchObject([
      {
        by: { slackId: 'U0BOB' },
        command: {
          kind: 'note',
          text: 'the cache is cold',
          at: Math.round(Number(ts) * 1000),
          permalink: expect.stringContaining(room),
          files: [{ fileId: file }],
        },
      },
    ]);
  });

  test('outside an incident channel a message has nowhere to go, and the person is told', async () => {
    const { ts } = await slack.as('U0ADA').say('general', 'hm');
    await slack.as('U0ADA').messageShortcut('add_to_timeline', slack.channelId('general'), ts);
    await settled();
    expect(privately('U0ADA')).toContain('E_CONTEXT');
  });

  test('the home lists what is open, and starts a report', async () => {
    await slack.as('U0ADA').openHome();
    await settled();
    const home = slack.world.homes.get('U0ADA');
    expect(JSON.stringify(home)).toContain('checkout fails');
    await slack.as('U0ADA').clickInView(home?.id ?? '', 'report');
    await settled();
    expect(views().some(({ callback_id }) => callback_id === 'report')).toBe(true);
  });

  test('a mention is answered with help, to the one who asked', async () => {
    await slack.as('U0ADA').say(room, `<@${slack.world.bot.userId}> ${'x'.repeat(3000)}`);
    await settled();
    expect(privately('U0ADA')).toContain('/incident severity');
  });
});

describe('trouble', () => {
  test('a failure is answered with its sentence, its code and what to do; nothing inside shows', async () => {
    engine.command = () => Promise.reject(new Failure('E_STORE', 'the database cannot be written; nothing was stored', { hint: 'Try again' }));
    await slack.as('U0ADA').slash(room, '/incident', 'severity sev1');
    await settled();
    engine.command = () => Promise.reject(new TypeError('x is undefined at /srv/secret.ts'));
    await slack.as('U0BOB').slash(room, '/incident', 'severity sev1');
    await settled();
    expect(privately('U0ADA')).toContain('the database cannot be written; nothing was stored. Try again (E_STORE)');
    expect(privately('U0BOB')).toMatch(/E_INTERNAL [0-9a-f]{8}/);
    expect(privately('U0BOB')).not.toContain('secret');
  });

  test('the ack never waits for the work', async () => {
    let go = (): void => {};
    engine.command = () => new Promise((resolve) => (go = () => resolve({ ok: true, text: 'at last' })));
    expect(await slack.as('U0ADA').slash(room, '/incident', 'severity sev1')).toMatchObject({ kind: 'acked' });
    expect(privately('U0ADA')).toBe('');
    await expect
      .poll(() => {
        go();
        return privately('U0ADA');
      })
      .toContain('at last');
  });

  test('when the response address fails, the answer comes as a message only they see', async () => {
    slack.faults.next('response_url', '500');
    await slack.as('U0ADA').slash(room, '/incident', 'severity sev1');
    await settled();
    expect(privately('U0ADA')).toContain('Now SEV1.');
  });
});
