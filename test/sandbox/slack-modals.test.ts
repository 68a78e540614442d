import type { App } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { button, client, handClock, outcome, plain, seen, socketApp, stage } from './slack-stage.ts';

let slack: MiniSlack;
let app: App | undefined;

afterEach(async () => {
  await app?.stop();
  await slack.close();
});

async function start(listen: (app: App) => void, options = {}): Promise<void> {
  slack = await stage(options);
  app = await socketApp(slack, listen);
}

const form = {
  type: 'modal' as const,
  callback_id: 'declare',
  title: plain('Declare'),
  submit: plain('Go'),
  private_metadata: 'kept',
  blocks: [
    { type: 'input' as const, block_id: 'what', label: plain('What'), element: { type: 'plain_text_input' as const, action_id: 'text', min_length: 3 } },
    { type: 'input' as const, block_id: 'shots', optional: true, label: plain('Shots'), element: { type: 'file_input' as const, action_id: 'files' } },
  ],
};

test('a modal opens, refuses what the app refuses, shows it under the field, and closes when all is well', async () => {
  const submitted: unknown[] = [];
  await start((bolt) => {
    bolt.shortcut('declare', async ({ ack, shortcut, client }) => {
      await ack();
      await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
    });
    bolt.view('declare', async ({ ack, view }) => {
      submitted.push(view.state.values, view.private_metadata);
      const text = view.state.values.what?.text?.value;
      if (text === 'bad') await ack({ response_action: 'errors', errors: { what: 'say more' } });
      else await ack();
    });
  });
  const opened = seen(slack, 'view');
  await slack.as('U1').shortcut('declare');
  const { id } = (await opened).open.view;
  expect((await slack.as('U1').submit(id)).errors).toEqual({ what: 'Please complete this required field.' });
  expect((await slack.as('U1').submit(id, { what: { text: { value: 'no' } } })).errors).toEqual({ what: 'Please enter at least 3 characters.' });
  expect(submitted).toEqual([]);
  expect((await slack.as('U1').submit(id, { what: { text: { value: 'bad' } } })).errors).toEqual({ what: 'say more' });
  expect(slack.world.views.get(id)?.errors).toEqual({ what: 'say more' });
  const file = await slack.as('U1').upload('shot.png', Buffer.from('png'));
  const done = await slack.as('U1').submit(id, { what: { text: { value: 'checkout is down' } }, shots: { files: { files: [file] } } });
  expect(done).toEqual({ ack: { kind: 'acked', body: undefined } });
  expect(submitted.at(-1)).toBe('kept');
  expect(submitted.at(-2)).toMatchObject({
    what: { text: { type: 'plain_text_input', value: 'checkout is down' } },
    shots: { files: { type: 'file_input', files: [{ id: file, name: 'shot.png', mimetype: 'image/png' }] } },
  });
  expect(slack.world.stacks.get('U1')).toEqual([]);
});

test('a submission can be answered with another view, in its place or on top, and clear takes all away', async () => {
  const answers = [
    { response_action: 'update' as const, view: { ...form, title: plain('Second') } },
    { response_action: 'push' as const, view: { ...form, title: plain('Third') } },
    { response_action: 'push' as const, view: { ...form, title: plain('x'.repeat(25)) } },
    { response_action: 'clear' as const },
  ];
  await start((bolt) => {
    bolt.shortcut('declare', async ({ ack, shortcut, client }) => {
      await ack();
      await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
    });
    bolt.view('declare', async ({ ack }) => {
      const answer = answers.shift();
      if (answer) await ack(answer);
    });
  });
  const opened = seen(slack, 'view');
  await slack.as('U1').shortcut('declare');
  await opened;
  const shown = () => slack.world.stacks.get('U1')?.map((id) => slack.world.views.get(id)?.view.title?.text);
  const press = () => slack.as('U1').submit(slack.world.stacks.get('U1')?.at(-1) ?? '', { what: { text: { value: 'all of it' } } });
  await press();
  expect(shown()).toEqual(['Second']);
  await press();
  expect(shown()).toEqual(['Second', 'Third']);
  await press();
  expect(shown()).toEqual(['Second', 'Third']);
  expect(slack.world.mishaps.at(-1)?.detail).toContain('must be less than 25 characters');
  await press();
  expect(shown()).toEqual([]);
});

test('errors under what is no input do not count as errors: Slack only says that something went wrong', async () => {
  await start((bolt) => {
    bolt.shortcut('declare', async ({ ack, shortcut, client }) => {
      await ack();
      await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
    });
    bolt.view('declare', ({ ack }) => ack({ response_action: 'errors', errors: { title: 'no such field' } }));
  });
  const opened = seen(slack, 'view');
  await slack.as('U1').shortcut('declare');
  const { id } = (await opened).open.view;
  expect((await slack.as('U1').submit(id, { what: { text: { value: 'all of it' } } })).errors).toBeUndefined();
  expect(slack.world.views.get(id)).toMatchObject({ errors: {}, trouble: expect.stringContaining('trouble connecting') });
  expect(slack.world.mishaps.at(-1)?.detail).toContain('no input: title');
});

test('closing a modal is told to the app only when it asked for it', async () => {
  const closed: string[] = [];
  await start((bolt) => {
    bolt.shortcut('declare', async ({ ack, shortcut, client }) => {
      await ack();
      await client.views.open({ trigger_id: shortcut.trigger_id, view: { ...form, notify_on_close: true } });
    });
    bolt.view({ callback_id: 'declare', type: 'view_closed' }, async ({ ack, view }) => {
      await ack();
      closed.push(view.id);
    });
  });
  const opened = seen(slack, 'view');
  await slack.as('U1').shortcut('declare');
  const { id } = (await opened).open.view;
  expect(await slack.as('U1').closeView(id)).toEqual({ kind: 'acked', body: undefined });
  expect(closed).toEqual([id]);
  await expect(slack.as('U1').submit(id)).rejects.toThrow('no open modal');
});

test('an external select gets its options from the app', async () => {
  await start((bolt) => {
    bolt.shortcut('declare', async ({ ack, shortcut, client }) => {
      await ack();
      const element = { type: 'external_select' as const, action_id: 'tag', min_query_length: 0 };
      await client.views.open({
        trigger_id: shortcut.trigger_id,
        view: { ...form, blocks: [{ type: 'input', block_id: 'tag', label: plain('Tag'), element }] },
      });
    });
    bolt.options('tag', ({ ack, payload }) => ack({ options: [{ text: plain(`${payload.value}.0`), value: 'v1' }] }));
  });
  const opened = seen(slack, 'view');
  await slack.as('U1').shortcut('declare');
  expect(await slack.as('U1').suggest((await opened).open.view.id, 'tag', 'v2')).toEqual([{ text: plain('v2.0'), value: 'v1' }]);
});

describe('views by the Web API', () => {
  const clock = handClock();
  const triggers: string[] = [];
  const views = () => client(slack).views;
  const press = async () => {
    await slack.as('U1').shortcut('declare');
    return triggers.at(-1) ?? '';
  };

  beforeEach(() =>
    start(
      (bolt) =>
        bolt.shortcut('declare', async ({ ack, shortcut }) => {
          triggers.push(shortcut.trigger_id);
          await ack();
        }),
      { clock },
    ),
  );

  test('a trigger opens one view, within three seconds', async () => {
    expect(await outcome(views().open({ trigger_id: 'made-up', view: form }))).toBe('invalid_trigger_id');
    const trigger_id = await press();
    expect(await outcome(views().open({ trigger_id, view: { ...form, title: plain('x'.repeat(25)) } }))).toBe('invalid_arguments');
    expect(await outcome(views().open({ trigger_id, view: form }))).toBe('ok');
    expect(await outcome(views().open({ trigger_id, view: form }))).toBe('exchanged_trigger_id');
    const late = await press();
    clock.move(3001);
    expect(await outcome(views().open({ trigger_id: late, view: form }))).toBe('expired_trigger_id');
  });

  test('three views lie on each other at most', async () => {
    expect(await outcome(views().push({ trigger_id: await press(), view: form }))).toBe('not_found');
    await views().open({ trigger_id: await press(), view: form });
    const { view } = await views().push({ trigger_id: await press(), view: form });
    expect(view).toMatchObject({ root_view_id: slack.world.stacks.get('U1')?.[0], previous_view_id: slack.world.stacks.get('U1')?.[0] });
    expect(await outcome(views().push({ trigger_id: await press(), view: form }))).toBe('ok');
    expect(await outcome(views().push({ trigger_id: await press(), view: form }))).toBe('push_limit_reached');
  });

  test('an update with an old hash is refused; what was typed stays where the ids stay', async () => {
    const { view } = await views().open({ trigger_id: await press(), view: { ...form, external_id: 'mine' } });
    const { id: view_id = '', hash } = view ?? {};
    const open = slack.world.views.get(view_id);
    if (open) open.view.state.values.what = { text: { type: 'plain_text_input', value: 'typed' } };
    const update = (with_hash?: string) =>
      views().update({ external_id: 'mine', view: { ...form, external_id: 'mine' }, ...(with_hash ? { hash: with_hash } : {}) });
    expect(await outcome(update(hash))).toBe('ok');
    expect(await outcome(update(hash))).toBe('hash_conflict');
    expect(slack.world.views.get(view_id)?.view.state.values.what?.text?.value).toBe('typed');
    await slack.as('U1').closeView(view_id);
    expect(await outcome(update())).toBe('not_found');
  });

  test('a home is published for one person and knows its hash', async () => {
    const home = { type: 'home' as const, blocks: [{ type: 'divider' as const }] };
    const { view } = await views().publish({ user_id: 'U1', view: home });
    expect(await outcome(views().publish({ user_id: 'U1', view: home, hash: view?.hash }))).toBe('ok');
    expect(await outcome(views().publish({ user_id: 'U1', view: home, hash: view?.hash }))).toBe('hash_conflict');
    expect(await outcome(views().publish({ user_id: 'U404', view: home }))).toBe('user_not_found');
    expect([...slack.world.homes.keys()]).toEqual(['U1']);
  });

  test('a field tells the app at once only with dispatch_action, and a button in a view always does', async () => {
    const element = { type: 'plain_text_input' as const, action_id: 'text' };
    const blocks = [
      { type: 'input' as const, block_id: 'loud', dispatch_action: true, label: plain('Loud'), element },
      { type: 'input' as const, block_id: 'still', label: plain('Still'), element },
      { type: 'actions' as const, block_id: 'row', elements: [button('press')] },
    ];
    const { view } = await views().open({ trigger_id: await press(), view: { ...form, blocks } });
    const heard: unknown[] = [];
    app?.action(/.*/, async ({ ack, action, body }) => {
      await ack();
      heard.push([action.type, 'view' in body ? body.view?.state.values.loud?.text?.value : undefined]);
    });
    const act = (blockId: string, actionId: string, choice?: string) => slack.as('U1').clickInView(view?.id ?? '', { blockId, actionId }, choice);
    expect((await act('still', 'text', 'x')).kind).toBe('unsent');
    expect((await act('loud', 'text', 'hey')).kind).toBe('acked');
    expect((await act('row', 'press')).kind).toBe('acked');
    expect(heard).toEqual([
      ['plain_text_input', 'hey'],
      ['button', 'hey'],
    ]);
  });

  test('a submission nobody answers leaves the modal open and says so', async () => {
    const { view } = await views().open({ trigger_id: await press(), view: form });
    const sent = slack.as('U1').submit(view?.id ?? '', { what: { text: { value: 'unheard' } } });
    await app?.stop();
    expect((await sent).ack.kind).toBe('failed');
    expect(slack.world.views.get(view?.id ?? '')?.trouble).toContain('trouble connecting');
  });
});
