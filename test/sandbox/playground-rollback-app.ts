/** The app behind the browser test: a card, a form that can be wrong, a command that hangs. */
import type { App } from '@slack/bolt';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });

const rollbackForm = {
  type: 'modal' as const,
  callback_id: 'rollback',
  title: plain('Roll back checkout'),
  submit: plain('Roll back'),
  blocks: [
    {
      type: 'input' as const,
      block_id: 'tag',
      label: plain('Release tag'),
      element: { type: 'static_select' as const, action_id: 'tag', options: ['v2.13.2', 'v2.13.1'].map((tag) => ({ text: plain(tag), value: tag })) },
    },
    { type: 'input' as const, block_id: 'why', label: plain('Reason'), element: { type: 'plain_text_input' as const, action_id: 'why', multiline: true } },
    {
      type: 'input' as const,
      block_id: 'shot',
      optional: true,
      label: plain('Screenshot'),
      element: { type: 'file_input' as const, action_id: 'files', max_files: 2 },
    },
  ],
};

/** A card with every kind of button. */
export const card = {
  text: 'INC-42',
  blocks: [
    { type: 'header' as const, text: plain('INC-42 · checkout') },
    {
      type: 'actions' as const,
      elements: [
        { type: 'button' as const, action_id: 'ack', text: plain('Acknowledge'), style: 'primary' as const },
        { type: 'button' as const, action_id: 'roll_back', text: plain('Roll back…'), style: 'danger' as const },
        {
          type: 'button' as const,
          action_id: 'resolve',
          text: plain('Resolve'),
          confirm: { title: plain('Resolve INC-42?'), text: mrkdwn('It is *not* over.'), confirm: plain('Yes, resolve'), deny: plain('Not yet') },
        },
        { type: 'overflow' as const, action_id: 'more', options: [{ text: plain('Hand over'), value: 'hand-over' }] },
      ],
    },
  ],
};

/** What the app heard, in order. */
export const heard: unknown[] = [];

export function listen(app: App): void {
  app.action('ack', async ({ ack, body, client }) => {
    await ack();
    const { channel, message } = body as unknown as { channel: { id: string }; message: { ts: string } }; // a click in a message brings both
    await client.chat.update({
      channel: channel.id,
      ts: message.ts,
      text: 'INC-42',
      blocks: [{ type: 'section', text: mrkdwn(`Acknowledged by <@${body.user.id}>`) }, ...card.blocks],
    });
  });
  app.action('roll_back', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: (body as { trigger_id: string }).trigger_id, view: rollbackForm }); // every click brings one
  });
  app.action('resolve', async ({ ack }) => {
    await ack();
    heard.push('resolve');
  });
  app.action('more', async ({ ack, action }) => {
    await ack();
    heard.push((action as { selected_option: { value: string } }).selected_option.value); // what an overflow menu sends
  });
  app.view('rollback', async ({ ack, view }) => {
    const { tag, why, shot } = view.state.values;
    if ((why?.why?.value ?? '').length < 10) return ack({ response_action: 'errors', errors: { why: 'Say a little more.' } });
    if (why?.why?.value === 'hang, please') return;
    heard.push({ tag: tag?.tag?.selected_option?.value, why: why?.why?.value, files: shot?.files?.files?.length });
    await ack();
  });
  app.command('/incident', async ({ ack, command }) => ack(`I do not know \`${command.text}\`.`));
  app.command('/rollback', async () => undefined);
  app.shortcut('add_to_timeline', async ({ ack, shortcut }) => {
    await ack();
    heard.push(`timeline: ${(shortcut as { message: { text: string } }).message.text}`); // a message shortcut brings the message
  });
  app.event('app_home_opened', async ({ client, event }) => {
    await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'header', text: plain('Open incidents') }] } });
  });
}
