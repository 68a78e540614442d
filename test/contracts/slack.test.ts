import { describe, expect, test } from 'vitest';
import { checkMessage, checkView } from './slack.ts';

const text = (chars: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(chars) });
const plain = (chars: number) => text(chars, 'plain_text');
const section = (chars: number) => ({ type: 'section', text: text(chars) });
const button = (more: object = {}) => ({ type: 'button', text: plain(5), action_id: 'a', ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const modal = (more: object = {}) => ({ type: 'modal', callback_id: 'c', title: plain(5), submit: plain(5), blocks: [section(5)], ...more });
const input = { type: 'input', label: plain(5), element: { type: 'plain_text_input', action_id: 'v' } };
const option = (chars: number, value = 'v') => ({ text: plain(chars), value });
const select = (options: object[]) => actions({ type: 'static_select', action_id: 's', options });

describe('the contract lets through what Slack takes', () => {
  test.each([
    ['a section at its limit', [section(3000)]],
    ['fields', [{ type: 'section', fields: [text(2000), text(10)] }]],
    [
      'buttons with styles and a confirmation',
      [actions(button({ style: 'danger', confirm: { title: plain(100), text: plain(300), confirm: plain(30), deny: plain(30) } }))],
    ],
    ['a plan', [{ type: 'plan', title: 'Plan', tasks: [{ type: 'task_card', task_id: 't', title: 'T', status: 'in_progress' }] }]],
    ['a picture by file id', [{ type: 'image', slack_file: { id: 'F1' }, alt_text: 'x' }]],
  ])('%s', (_, blocks) => expect(checkMessage(blocks)).toEqual([]));

  test('a modal and a home', () => {
    expect(checkView(modal({ blocks: [input] }))).toEqual([]);
    expect(checkView({ type: 'home', blocks: [section(5)] })).toEqual([]);
  });
});

describe('the contract refuses what Slack refuses', () => {
  test.each([
    ['51 blocks', Array.from({ length: 51 }, () => section(1))],
    ['more text than fits one message', Array.from({ length: 5 }, () => section(3000))],
    ['a section over 3000', [section(3001)]],
    ['an empty text', [section(0)]],
    ['a field over 2000', [{ type: 'section', fields: [text(2001)] }]],
    ['11 fields', [{ type: 'section', fields: Array.from({ length: 11 }, () => text(1)) }]],
    ['a section with nothing in it', [{ type: 'section' }]],
    ['a header over 150', [{ type: 'header', text: plain(151) }]],
    ['mrkdwn in a header', [{ type: 'header', text: text(5) }]],
    ['a button label over 75', [actions(button({ text: plain(76) }))]],
    ['a button value over 2000', [actions(button({ value: 'x'.repeat(2001) }))]],
    ['a button address over 3000', [actions(button({ url: 'x'.repeat(3001) }))]],
    ['an unknown style', [actions(button({ style: 'warning' }))]],
    ['an action_id over 255', [actions(button({ action_id: 'x'.repeat(256) }))]],
    ['one action_id twice in a row', [actions(button(), button())]],
    ['26 buttons', [actions(...Array.from({ length: 26 }, (_, at) => button({ action_id: `a${at}` })))]],
    ['no buttons', [actions()]],
    ['a confirmation over its limits', [actions(button({ confirm: { title: plain(101), text: plain(5), confirm: plain(5), deny: plain(5) } }))]],
    ['a block_id over 255', [{ ...section(1), block_id: 'x'.repeat(256) }]],
    [
      'one block_id twice',
      [
        { ...section(1), block_id: 'a' },
        { ...section(1), block_id: 'a' },
      ],
    ],
    ['an option over 75', [select([option(76)])]],
    ['101 options', [select(Array.from({ length: 101 }, (_, at) => option(1, `v${at}`)))]],
    ['6 entries in an overflow', [actions({ type: 'overflow', action_id: 'o', options: Array.from({ length: 6 }, (_, at) => option(1, `v${at}`)) })]],
    ['11 elements in a context', [{ type: 'context', elements: Array.from({ length: 11 }, () => text(1)) }]],
    ['an unknown type', [{ type: 'sektion', text: text(1) }]],
    ['a misspelt key', [{ type: 'section', txt: text(1) }]],
    ['a picture without words', [{ type: 'image', image_url: 'https://x' }]],
    ['a status a task cannot have', [{ type: 'plan', title: 'P', tasks: [{ type: 'task_card', task_id: 't', title: 'T', status: 'completed' }] }]],
    ['an input in a message', [input]],
  ])('%s', (_, blocks) => expect(checkMessage(blocks)).not.toEqual([]));

  test.each([
    ['an input without submit', modal({ submit: undefined, blocks: [input] })],
    ['a title over 24', modal({ title: plain(25) })],
    ['a submit over 24', modal({ submit: plain(25) })],
    ['a close over 24', modal({ close: plain(25) })],
    ['metadata over 3000', modal({ private_metadata: 'x'.repeat(3001) })],
    ['a callback_id over 255', modal({ callback_id: 'x'.repeat(256) })],
    ['101 blocks', modal({ blocks: Array.from({ length: 101 }, () => section(1)) })],
    ['a placeholder over 150', modal({ blocks: [{ ...input, element: { ...input.element, placeholder: plain(151) } }] })],
    ['a wrong block inside', { type: 'home', blocks: [section(3001)] }],
  ])('%s', (_, view) => expect(checkView(JSON.parse(JSON.stringify(view)))).not.toEqual([]));
});
