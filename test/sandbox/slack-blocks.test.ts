import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { flawsOfBlocks, flawsOfView, isTooMuchText } from '../../src/sandbox/slack/blocks.ts';
import { button, client, outcome, plain, stage } from './slack-stage.ts';

const long = (length: number) => 'x'.repeat(length);
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });
const option = (value: string, text = value) => ({ text: plain(text), value });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const section = (more: object) => ({ type: 'section', ...more });
const row = (...elements: object[]) => ({ type: 'actions', elements });
const input = (element: object, more: object = {}) => ({ type: 'input', label: plain('Label'), element, ...more });
const select = (more: object) => row({ type: 'static_select', action_id: 'pick', ...more });

/** What Slack says about one block, without pointers. */
const said = (block: object, knows = (_file: string) => false) => flawsOfBlocks([block], knows).map(({ message }) => message);

// Each at its limit: the official types and these rules both let it pass.
const RICH: KnownBlock[] = [
  { type: 'header', text: plain(long(150)) },
  { type: 'section', text: mrkdwn(long(3000)), accessory: { ...button('a'), text: plain(long(75)), value: long(2000), url: `https://${long(2992)}` } },
  {
    type: 'section',
    fields: many(10, () => mrkdwn(long(20))),
    accessory: { type: 'overflow', action_id: 'o', options: many(5, (index) => option(`${index}`)) },
  },
  { type: 'section', block_id: long(255), text: plain('x'), accessory: { type: 'image', image_url: 'https://x/y.png', alt_text: 'a chart' } },
  { type: 'context', elements: [...many(9, () => mrkdwn('x')), { type: 'image', slack_file: { id: 'F1' }, alt_text: 'a chart' }] },
  { type: 'actions', elements: many(25, (index) => button(`b${index}`)) },
  {
    type: 'actions',
    elements: [
      { type: 'static_select', action_id: 's', placeholder: plain(long(150)), options: many(100, (index) => option(`${index}`)), initial_option: option('7') },
      { type: 'static_select', action_id: 'g', option_groups: [{ label: plain('Group'), options: [option('1')] }] },
      { type: 'radio_buttons', action_id: 'r', options: [{ text: mrkdwn('*a*'), value: 'a' }] },
      {
        type: 'users_select',
        action_id: 'u',
        initial_user: 'U1',
        confirm: { title: plain(long(100)), text: mrkdwn(long(300)), confirm: plain(long(30)), deny: plain(long(30)) },
      },
      { type: 'datepicker', action_id: 'd', initial_date: '2026-01-31' },
      { type: 'timepicker', action_id: 't', initial_time: '23:59' },
      { type: 'datetimepicker', action_id: 'dt', initial_date_time: 1_767_225_600 },
      { type: 'multi_conversations_select', action_id: 'mc', max_selected_items: 1, filter: { include: ['public'] } },
    ],
  },
  { type: 'divider' },
  { type: 'image', slack_file: { url: 'https://files/F1' }, alt_text: long(2000), title: plain('Chart') },
  { type: 'markdown', text: '# x' },
  {
    type: 'rich_text',
    elements: [{ type: 'rich_text_list', style: 'bullet', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'x' }] }] }],
  },
  {
    type: 'table',
    rows: [
      [
        { type: 'raw_text', text: 'a' },
        { type: 'raw_number', value: 1, text: '1' },
      ],
    ],
  },
  { type: 'plan', title: 'Roll back', tasks: [{ type: 'task_card', task_id: '1', title: 'Dispatch', status: 'in_progress' }] },
  { type: 'alert', text: plain('careful'), level: 'warning' },
];

test('what Slack allows, at its limits, has no flaw', () => {
  expect(flawsOfBlocks(RICH, () => true)).toEqual([]);
});

describe('one step over a limit is refused in Slack’s words', () => {
  test.each<[string, object, string]>([
    ['a type there is not', { type: 'buttons' }, 'unsupported type: buttons'],
    ['a block without a type', {}, 'missing required field: type'],
    ['a misspelt key', section({ text: plain('x'), accesory: {} }), 'invalid additional property: accesory'],
    ['a section of nothing', section({}), 'must provide text or fields'],
    ['a text of 3001', section({ text: mrkdwn(long(3001)) }), 'must be less than 3001 characters'],
    ['an empty text', section({ text: mrkdwn('') }), 'must be more than 0 characters'],
    ['a bare string as text', section({ text: 'x' }), 'missing required field: type'],
    ['eleven fields', section({ fields: many(11, () => plain('x')) }), 'no more than 10 items allowed'],
    ['a field of 2001', section({ fields: [plain(long(2001))] }), 'must be less than 2001 characters'],
    ['an input as accessory', section({ text: plain('x'), accessory: { type: 'plain_text_input' } }), 'unsupported type: plain_text_input'],
    ['a header of 151', { type: 'header', text: plain(long(151)) }, 'must be less than 151 characters'],
    ['a header in mrkdwn', { type: 'header', text: mrkdwn('x') }, 'must provide one of: plain_text'],
    ['eleven in a context', { type: 'context', elements: many(11, () => plain('x')) }, 'no more than 10 items allowed'],
    ['a button in a context', { type: 'context', elements: [button('a')] }, 'unsupported type: button'],
    ['26 actions', row(...many(26, (index) => button(`b${index}`))), 'no more than 25 items allowed'],
    ['no action', row(), 'no fewer than 1 items allowed'],
    ['a button of 76', row(button('a', long(76))), 'must be less than 76 characters'],
    ['a value of 2001', row({ ...button('a'), value: long(2001) }), 'must be less than 2001 characters'],
    ['a style there is not', row({ ...button('a'), style: 'warning' }), 'must provide one of: primary, danger'],
    ['a url of 3001', row({ ...button('a'), url: long(3001) }), 'must be less than 3001 characters'],
    ['an action_id of 256', row(button(long(256))), 'must be less than 256 characters'],
    ['an action_id twice', row(button('a'), button('a')), 'action_id a already exists in this block'],
    ['a block_id of 256', { type: 'divider', block_id: long(256) }, 'must be less than 256 characters'],
    ['six in an overflow', row({ type: 'overflow', action_id: 'o', options: many(6, (index) => option(`${index}`)) }), 'no more than 5 items allowed'],
    ['101 options', select({ options: many(101, (index) => option(`${index}`)) }), 'no more than 100 items allowed'],
    ['no options', select({ options: [] }), 'no fewer than 1 items allowed'],
    ['neither options nor groups', select({}), 'must provide options or option_groups, not both'],
    ['an option value of 76', select({ options: [option(long(76), 'x')] }), 'must be less than 76 characters'],
    ['an option text of 76', select({ options: [option('x', long(76))] }), 'must be less than 76 characters'],
    ['an option in mrkdwn', select({ options: [{ text: mrkdwn('x'), value: 'x' }] }), 'must provide one of: plain_text'],
    ['a first option not offered', select({ options: [option('a')], initial_option: option('b') }), 'initial option must be one of the options'],
    ['a placeholder of 151', select({ options: [option('a')], placeholder: plain(long(151)) }), 'must be less than 151 characters'],
    ['eleven checkboxes', row({ type: 'checkboxes', action_id: 'c', options: many(11, (index) => option(`${index}`)) }), 'no more than 10 items allowed'],
    ['a confirm text of 301', row({ ...button('a'), confirm: { text: plain(long(301)) } }), 'must be less than 301 characters'],
    ['a confirm button of 31', row({ ...button('a'), confirm: { text: plain('x'), deny: plain(long(31)) } }), 'must be less than 31 characters'],
    ['a date that is none', row({ type: 'datepicker', action_id: 'd', initial_date: '31.1.2026' }), 'must provide a date as YYYY-MM-DD'],
    ['an image without alt_text', { type: 'image', image_url: 'https://x' }, 'missing required field: alt_text'],
    ['an image from nowhere', { type: 'image', alt_text: 'x' }, 'must provide image_url or slack_file, not both'],
    ['an image of no file', { type: 'image', alt_text: 'x', slack_file: { id: 'F404' } }, 'invalid slack file'],
    ['a label of 2001', input({ type: 'plain_text_input' }, { label: plain(long(2001)) }), 'must be less than 2001 characters'],
    ['a button as input', input(button('a')), 'unsupported type: button'],
    ['a max_length of 3001', input({ type: 'plain_text_input', max_length: 3001 }), 'must provide a number between 1 and 3000'],
    ['a number without is_decimal_allowed', input({ type: 'number_input' }), 'missing required field: is_decimal_allowed'],
    ['eleven files', input({ type: 'file_input', max_files: 11 }), 'must provide a number between 1 and 10'],
    ['a file input in a message', input({ type: 'file_input' }), 'file_input is only available in modals'],
    ['a markdown of 12,001', { type: 'markdown', text: long(12_001) }, 'must be less than 12001 characters'],
    ['a rich text of strings', { type: 'rich_text', elements: ['x'] }, 'missing required field: type'],
    ['a table of 101 rows', { type: 'table', rows: many(101, () => [{ type: 'raw_text', text: 'x' }]) }, 'no more than 100 items allowed'],
    ['a task without status', { type: 'task_card', task_id: '1', title: 'x' }, 'missing required field: status'],
  ])('%s', (_name, block, message) => {
    expect(said(block)).toContain(message);
  });

  test('51 blocks, a block_id twice, two tables', () => {
    expect(
      flawsOfBlocks(
        many(51, () => ({ type: 'divider' })),
        () => false,
      ),
    ).toEqual([{ pointer: '/blocks', message: 'no more than 50 items allowed' }]);
    expect(
      flawsOfBlocks(
        many(2, () => ({ type: 'divider', block_id: 'same' })),
        () => false,
      ),
    ).toEqual([{ pointer: '/blocks', message: 'block_id same already exists' }]);
    const table = { type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] };
    expect(flawsOfBlocks([table, table], () => false)).toEqual([{ pointer: '/blocks', message: 'only one table allowed' }]);
  });

  test('13,001 characters in all texts together', () => {
    const blocks = (length: number) => [...many(4, () => section({ text: plain(long(3000)) })), section({ text: plain(long(length)) })];
    expect([isTooMuchText(blocks(1000)), isTooMuchText(blocks(1001))]).toEqual([false, true]);
  });
});

const modal: ModalView = {
  type: 'modal',
  title: plain(long(24)),
  submit: plain(long(24)),
  close: plain(long(24)),
  callback_id: long(255),
  private_metadata: long(3000),
  blocks: many(100, (index) => ({ type: 'input', block_id: `b${index}`, label: plain('x'), element: { type: 'plain_text_input', action_id: 'a' } })),
};
const home: HomeView = { type: 'home', blocks: [{ type: 'divider' }] };

describe('views', () => {
  test('a modal at its limits, and a home, have no flaw', () => {
    expect(flawsOfView(modal, () => false)).toEqual([]);
    expect(flawsOfView(home, () => false)).toEqual([]);
  });

  test.each<[string, object, string, string]>([
    ['a title of 25', { ...modal, title: plain(long(25)) }, '/view/title/text', 'must be less than 25 characters'],
    ['a submit of 25', { ...modal, submit: plain(long(25)) }, '/view/submit/text', 'must be less than 25 characters'],
    ['a close of 25', { ...modal, close: plain(long(25)) }, '/view/close/text', 'must be less than 25 characters'],
    ['no title', { ...modal, title: undefined }, '/view', 'missing required field: title'],
    ['inputs but no submit', { ...modal, submit: undefined }, '/view', 'missing required field: submit'],
    ['101 blocks', { ...modal, blocks: many(101, () => ({ type: 'divider' })) }, '/view/blocks', 'no more than 100 items allowed'],
    ['metadata of 3001', { ...modal, private_metadata: long(3001) }, '/view/private_metadata', 'must be less than 3001 characters'],
    ['a callback_id of 256', { ...modal, callback_id: long(256) }, '/view/callback_id', 'must be less than 256 characters'],
    ['a home with a title', { ...home, title: plain('x') }, '/view', 'invalid additional property: title'],
    ['another kind of view', { type: 'dialog' }, '/view/type', 'unsupported type: dialog'],
  ])('%s is refused where it is', (_name, view, pointer, message) => {
    expect(flawsOfView(view, () => false)).toContainEqual({ pointer, message });
  });
});

test('the Web API refuses with these words: invalid_blocks, msg_blocks_too_long, invalid_arguments, blocks.validate', async () => {
  const slack = await stage();
  const web = client(slack);
  const channel = slack.channelId('general');
  const post = (blocks: unknown) => web.apiCall('chat.postMessage', { channel, text: 'x', blocks });
  const refused = await post([{ type: 'header', text: plain(long(151)) }]).catch((error) => error.data);
  expect(refused).toMatchObject({
    error: 'invalid_blocks',
    response_metadata: { messages: ['[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]'] },
  });
  expect(await outcome(post('not JSON'))).toBe('invalid_blocks_format');
  expect(await outcome(post(many(5, () => section({ text: plain(long(3000)) }))))).toBe('msg_blocks_too_long');
  expect(await outcome(web.views.publish({ user_id: 'U1', view: { ...home, blocks: many(101, () => ({ type: 'divider' })) } }))).toBe('invalid_arguments');
  const picture = (slack_file: object) => post([{ type: 'image', alt_text: 'x', slack_file }]);
  expect(await outcome(picture({ id: 'F404' }))).toBe('invalid_blocks');
  const id = await slack.as('U1').upload('chart.png', Buffer.from('png'));
  expect(await outcome(picture({ id }))).toBe('ok');
  expect(await outcome(picture({ url: slack.world.files.get(id)?.url_private }))).toBe('ok');
  expect(await web.apiCall('blocks.validate', { blocks: [{ type: 'divider', id: 1 }] })).toMatchObject({
    errors: [{ message: expect.stringContaining('invalid additional property: id') }],
  });
  await slack.close();
});
