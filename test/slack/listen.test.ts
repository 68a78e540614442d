import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { render } from '../../src/slack/view.ts';
import { everyTestHasATown, fill } from './town.ts';

const town = everyTestHasATown();

describe('buttons', () => {
  test('the lead is taken by a click; what the channel shows anyway is not told a second time, but a typed command is always answered', async () => {
    const ts = await town.show('card');
    expect(await town.slack.as('U0ADA').click(town.room, ts, 'acknowledge')).toMatchObject({ kind: 'acked' });
    await town.settled();
    expect(town.engine.get(town.incident).roles.lead).toMatchObject({ slackId: 'U0ADA' });
    expect(town.privately('U0ADA')).toBe('');
    await town.slack.as('U0ADA').slash(town.room, '/incident', 'lead');
    await town.settled();
    expect(town.privately('U0ADA')).toContain('the lead already');
    expect(town.privately('U0BOB')).toBe('');
  });

  test('the overflow opens forms; what is filled in is done, with secrets taken out', async () => {
    const ts = await town.show('card');
    await town.slack.as('U0ADA').click(town.room, ts, 'more', `update|${town.incident}`);
    await town.settled();
    const [view] = town.views();
    expect(await town.slack.as('U0ADA').submit(view?.id ?? '', fill({ text: { value: 'we look, password=hunter2secret' } }))).not.toHaveProperty('errors');
    await town.settled();
    expect(town.engine.get(town.incident).update?.text).toMatch(/^we look, password=/);
    expect(town.engine.get(town.incident).update?.text).not.toContain('hunter2secret');
    expect(town.privately('U0ADA')).toBe('');
  });

  test('"Done" is not offered early; clicked all the same it is answered with what is missing, and the evidence ends the step', async () => {
    const offered = JSON.stringify(render(town.engine.get(town.incident), 'step:collect:1', { links: {} })?.blocks);
    expect(offered).not.toContain('answerStep');
    const early = JSON.parse(offered.replace('"action_id":"addEvidence"', '"action_id":"answerStep"'));
    const old = await town.talk.post({ channel: town.room, text: 'collect' as never, blocks: early, key: 'early' });
    await town.slack.as('U0ADA').click(town.room, old, 'answerStep');
    await town.settled();
    expect(town.privately('U0ADA')).toContain('Still needed: 1 URL and 1 screenshot. (E_EVIDENCE)');
    await town.slack.as('U0ADA').click(town.room, await town.show('step:collect:1'), 'addEvidence');
    await town.settled();
    const file = await town.slack.as('U0ADA').upload('shot.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const view = town.views().at(-1);
    const values = fill({ urls: { value: 'https://shop.example/cart' }, screenshots: { files: [file] } });
    expect(await town.slack.as('U0ADA').submit(view?.id ?? '', { ...values, urls: { value: { value: 'ftp://x' } } })).toMatchObject({
      errors: { urls: expect.stringContaining('E_URL_SCHEME') },
    });
    expect(await town.slack.as('U0ADA').submit(view?.id ?? '', values)).not.toHaveProperty('errors');
    await town.settled();
    expect(town.engine.get(town.incident).evidence.map(({ kind, by }) => [kind, by])).toEqual([
      ['url', 'ada'],
      ['screenshot', 'ada'],
    ]);
    expect(town.engine.get(town.incident).steps.collect?.state).toBe('done');
  });

  test('S09: a button of an incident nobody knows is answered, and does nothing', async () => {
    const message = render(town.engine.get(town.incident), 'card', { links: {} });
    const blocks = JSON.parse(JSON.stringify(message?.blocks).replaceAll(town.incident, 'INC-999'));
    const ts = await town.talk.post({ channel: town.room, text: message?.text ?? ('' as never), blocks, key: 'tampered' });
    await town.slack.as('U0ADA').click(town.room, ts, 'acknowledge');
    await town.settled();
    expect(town.privately('U0ADA')).toMatch(/no incident INC-999.*nothing was done.*E_UNKNOWN_INCIDENT/);
    expect(town.engine.asked).toEqual([]);
  });

  test('a guest may look, but decides nothing', async () => {
    await town.slack.as('U0GUEST').click(town.room, await town.show('card'), 'acknowledge');
    await town.settled();
    expect(town.privately('U0GUEST')).toContain('E_NOT_ALLOWED');
    expect(town.engine.get(town.incident).roles.lead).toBeUndefined();
  });
});

describe('reports and shortcuts', () => {
  test('anybody can report a problem with address and picture; the answer comes in the form', async () => {
    await town.slack.as('U0BOB').shortcut('report_problem');
    await town.settled();
    const view = town.views().at(-1);
    const file = await town.slack.as('U0BOB').upload('shot.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    await town.slack.as('U0BOB').submit(
      view?.id ?? '',
      fill({
        title: { value: 'Chapter 4 is broken' },
        urls: { value: 'https://lessons.example/4' },
        screenshots: { files: [file] },
        service: { selected_option: 'payment' },
      }),
    );
    await town.settled();
    expect(town.engine.opened).toMatchObject([
      { title: 'Chapter 4 is broken', service: 'payment', by: { slackId: 'U0BOB' }, evidence: [{ kind: 'url' }, { kind: 'screenshot', fileId: file }] },
    ]);
    expect(JSON.stringify(town.slack.world.views.get(view?.id ?? ''))).toContain('INC-2 is open.');
  });

  test('a message and its pictures go into the timeline, by shortcut or by pin, and only once', async () => {
    const file = await town.slack.as('U0ADA').upload('graph.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    const { ts } = await town.slack.as('U0ADA').say(town.room, 'the cache is cold', { files: [file] });
    await town.slack.as('U0BOB').messageShortcut('add_to_timeline', town.room, ts);
    await town.settled();
    await town.slack.as('U0BOB').react(town.room, ts, 'pushpin');
    await town.slack.as('U0ADA').react(town.room, ts, 'tada');
    await town.settled();
    // The step that asks for pictures has had it from the message itself.
    expect(town.engine.asked.filter(({ command }) => command.kind === 'addEvidence')).toMatchObject([{ command: { from: 'chat', items: [{ fileId: file }] } }]);
    expect(town.engine.asked.filter(({ command }) => command.kind === 'note')).toMatchObject([
      {
        by: { slackId: 'U0BOB' },
        command: {
          kind: 'note',
          text: 'the cache is cold',
          at: Math.round(Number(ts) * 1000),
          permalink: expect.stringContaining(town.room),
          files: [{ fileId: file }],
        },
      },
    ]);
  });

  test('outside an incident channel a message has nowhere to go, and the person is told', async () => {
    const { ts } = await town.slack.as('U0ADA').say('general', 'hm');
    await town.slack.as('U0ADA').messageShortcut('add_to_timeline', town.slack.channelId('general'), ts);
    await town.settled();
    expect(town.privately('U0ADA')).toContain('E_CONTEXT');
  });

  test('the home lists what is open, and starts a report', async () => {
    await town.slack.as('U0ADA').openHome();
    await town.settled();
    const home = town.slack.world.homes.get('U0ADA');
    expect(JSON.stringify(home)).toContain('checkout fails');
    await town.slack.as('U0ADA').clickInView(home?.id ?? '', 'report');
    await town.settled();
    expect(town.views().some(({ callback_id }) => callback_id === 'report')).toBe(true);
  });

  test('a mention is answered with help, to the one who asked', async () => {
    await town.slack.as('U0ADA').say(town.room, `<@${town.slack.world.bot.userId}> ${'x'.repeat(3000)}`);
    await town.settled();
    expect(town.privately('U0ADA')).toContain('/incident severity');
  });
});

describe('trouble', () => {
  test('a failure is answered with its sentence, its code and what to do; nothing inside shows', async () => {
    town.engine.command = () => Promise.reject(new Failure('E_STORE', 'the database cannot be written; nothing was stored', { hint: 'Try again' }));
    await town.slack.as('U0ADA').slash(town.room, '/incident', 'severity sev1');
    await town.settled();
    town.engine.command = () => Promise.reject(new TypeError('x is undefined at /srv/secret.ts'));
    await town.slack.as('U0BOB').slash(town.room, '/incident', 'severity sev1');
    await town.settled();
    expect(town.privately('U0ADA')).toContain('the database cannot be written; nothing was stored. Try again (E_STORE)');
    expect(town.privately('U0BOB')).toMatch(/E_INTERNAL [0-9a-f]{8}/);
    expect(town.privately('U0BOB')).not.toContain('secret');
  });

  test('the ack never waits for the work', async () => {
    let go = (): void => {};
    town.engine.command = () => new Promise((resolve) => (go = () => resolve({ ok: true, text: 'at last' })));
    expect(await town.slack.as('U0ADA').slash(town.room, '/incident', 'severity sev1')).toMatchObject({ kind: 'acked' });
    expect(town.privately('U0ADA')).toBe('');
    await expect
      .poll(() => {
        go();
        return town.privately('U0ADA');
      })
      .toContain('at last');
  });

  test('when the response address fails, the answer comes as a message only they see', async () => {
    town.slack.faults.next('response_url', '500');
    await town.slack.as('U0ADA').slash(town.room, '/incident', 'severity sev1');
    await town.settled();
    expect(town.privately('U0ADA')).toContain('Now SEV1.');
  });
});
