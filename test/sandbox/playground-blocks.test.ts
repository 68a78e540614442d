import { expect, test } from 'vitest';
import { renderBlocks, type Scene } from '../../src/sandbox/playground/blocks.ts';
import { markupOf } from '../../src/sandbox/playground/html.ts';
import { context } from './playground-markup.ts';

const message: Scene = { context, place: { id: 'm-1', kind: 'message' } };
const modal: Scene = { context, place: { id: 'v-1', kind: 'modal' } };
const draw = (blocks: unknown, scene: Scene = message) => markupOf(renderBlocks(blocks, scene));
const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const option = (text: string, value: string) => ({ text: plain(text), value });

test('a button acts with its block, action and value, and asks first when it says so', () => {
  const confirm = { title: plain('Sure?'), text: mrkdwn('*Really*'), confirm: plain('Do it'), deny: plain('No'), style: 'danger' };
  const markup = draw([
    {
      type: 'actions',
      block_id: 'b',
      elements: [{ type: 'button', action_id: 'roll_back', text: plain('Roll back…'), value: '42', style: 'danger', confirm }],
    },
  ]);
  expect(markup).toContain('<button type="button" id="m-1-b-roll_5f_back" class="btn danger" data-value="42" data-block="b" data-action="roll_back" data-act');
  expect(markup).toContain('data-confirm="m-1-b-roll_5f_back-confirm">Roll back…</button>');
  expect(markup).toMatch(/<template id="m-1-b-roll_5f_back-confirm">.*<strong>Really<\/strong>.*class="btn danger" value="confirm">Do it</s);
});

test('a button with an address is a link that still tells the app', () => {
  const markup = draw([
    { type: 'actions', block_id: 'b', elements: [{ type: 'button', action_id: 'open', text: plain('Dashboard'), url: 'https://a.example/d' }] },
  ]);
  expect(markup).toMatch(
    /<a id="[^"]+" class="btn"[^>]*data-act href="https:\/\/a.example\/d" target="_blank" rel="noopener noreferrer nofollow">Dashboard<\/a>/,
  );
  expect(draw([{ type: 'actions', elements: [{ type: 'button', action_id: 'x', text: plain('X'), url: 'javascript:alert(1)' }] }])).not.toContain('href');
});

test('every field of a form has a label, a hint and its error beside it', () => {
  const blocks = [
    {
      type: 'input',
      block_id: 'why',
      label: plain('Reason'),
      hint: plain('For the timeline'),
      optional: true,
      element: { type: 'plain_text_input', action_id: 'a', multiline: true, initial_value: 'x < y' },
    },
  ];
  const markup = draw(blocks, { ...modal, errors: { why: 'Too short' } });
  expect(markup).toContain('<label for="v-1-why-a" id="v-1-why-a-label">Reason <span class="optional">(optional)</span></label>');
  expect(markup).toContain('data-field aria-labelledby="v-1-why-a-label" aria-describedby="v-1-why-a-error v-1-why-a-hint" aria-invalid="true"');
  expect(markup).toMatch(/<textarea id="v-1-why-a"[^>]*>\nx &lt; y<\/textarea>/);
  expect(markup).toContain('<p class="error" id="v-1-why-a-error" role="alert">Too short</p>');
});

test('what is chosen at first is chosen, whatever the element is called', () => {
  const options = [option('One', '1'), option('Two', '2')];
  const form = (element: object) => draw([{ type: 'input', block_id: 'b', label: plain('L'), element: { action_id: 'a', ...element } }], modal);
  expect(form({ type: 'static_select', options, initial_option: options[1] })).toContain('<option value="2" selected>Two</option>');
  expect(form({ type: 'static_select', option_groups: [{ label: plain('G'), options }] })).toContain('<optgroup label="G"><option value="1">One</option>');
  expect(form({ type: 'radio_buttons', options, initial_option: options[0] })).toContain('type="radio" name="v-1-b-a" id="v-1-b-a-0" value="1" checked');
  expect(form({ type: 'checkboxes', options, initial_options: options })).toMatch(/value="1" checked.*value="2" checked/s);
  expect(form({ type: 'users_select', initial_user: 'U0GRACE' })).toContain('<option value="U0GRACE" selected>Grace Lindqvist</option>');
  expect(form({ type: 'users_select' })).not.toContain('Tagback');
  expect(form({ type: 'datepicker', initial_date: '2026-11-20' })).toContain('type="date" value="2026-11-20"');
  expect(form({ type: 'number_input', is_decimal_allowed: false, min_value: '1', initial_value: '5' })).toContain('min="1" step="1" type="number" value="5"');
  expect(form({ type: 'file_input', filetypes: ['png', 'x" onerror="y'], max_files: 2 })).toContain(
    'multiple accept=".png" data-upload="v-1-b-a" data-most="2"',
  );
});

test('a plan shows how far it is, and each step its state in words', () => {
  const task = (task_id: string, status: string) => ({ type: 'task_card', task_id, title: `Step ${task_id}`, status });
  const markup = draw([
    { type: 'plan', title: 'Playbook', tasks: [task('1', 'complete'), task('2', 'in_progress'), task('3', 'error'), task('4', 'pending')] },
  ]);
  expect(markup).toContain('1 of 4 done');
  for (const says of ['done', 'in progress', 'failed', 'to do']) expect(markup).toContain(`aria-label="${says}"`);
});

test('pictures come from this server or are named instead of loaded', () => {
  expect(draw([{ type: 'image', slack_file: { id: 'F0CHART' }, alt_text: 'Error rate, peak 8 %' }])).toContain(
    '<img src="/files/F0CHART" alt="Error rate, peak 8 %" loading="lazy">',
  );
  const elsewhere = draw([{ type: 'image', image_url: 'https://cdn.example/cat.png', alt_text: 'A cat' }]);
  expect(elsewhere).not.toContain('<img');
  expect(elsewhere).toMatch(/A cat.*href="https:\/\/cdn.example\/cat.png"[^>]*>cdn.example</s);
});

test('a block or element that is not known is named, not swallowed', () => {
  expect(draw([{ type: 'hologram' }])).toContain('cannot draw the block “hologram”');
  expect(draw([{ type: 'actions', elements: [{ type: 'slider', action_id: 'a' }] }])).toContain('[slider]');
  expect(draw([{ type: 'constructor' }, { type: '__proto__' }])).toContain('cannot draw the block “constructor”');
});
