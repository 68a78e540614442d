import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderBlocks, type Scene } from '../../src/sandbox/playground/blocks.ts';
import { markupOf } from '../../src/sandbox/playground/html.ts';
import { context, finding } from './playground-markup.ts';

const message: Scene = { context, place: { id: 'm-1', kind: 'message' } };
const modal: Scene = { context, place: { id: 'v-1', kind: 'modal' } };
const draw = (blocks: unknown, scene: Scene = message) => markupOf(renderBlocks(blocks, scene));
const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });

/** One of everything; `$` marks where outside text goes. */
const everything = (): readonly unknown[] => {
  const confirm = { title: plain('$'), text: mrkdwn('$'), confirm: plain('$'), deny: plain('$') };
  const options = [{ text: plain('$'), value: '$', description: plain('$'), url: '$' }];
  const common = { action_id: '$', placeholder: plain('$'), confirm };
  const rich = {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_section',
        elements: [
          { type: 'text', text: '$', style: { bold: true } },
          { type: 'link', url: '$', text: '$' },
          { type: 'emoji', name: '$', unicode: '$' },
          { type: 'user', user_id: '$' },
          { type: 'channel', channel_id: '$' },
          { type: 'usergroup', usergroup_id: '$' },
          { type: 'broadcast', range: '$' },
          { type: 'color', value: '$' },
          { type: 'date', timestamp: 1, format: '$', url: '$', fallback: '$' },
          { type: '$', text: '$' },
        ],
      },
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: '$' }] },
    ],
  };
  const selects = ['static_select', 'multi_static_select', 'radio_buttons', 'checkboxes', 'users_select', 'multi_users_select', 'conversations_select'].map(
    (type) => ({ type, options, option_groups: [{ label: plain('$'), options }], initial_option: options[0], initial_user: '$', ...common }),
  );
  const texts = ['plain_text_input', 'url_text_input', 'email_text_input', 'number_input', 'datepicker', 'timepicker', 'rich_text_input'].map((type) => ({
    type,
    initial_value: '$',
    initial_date: '$',
    initial_time: '$',
    min_value: '$',
    ...common,
  }));
  const controls = [
    ...selects,
    ...texts,
    { type: 'plain_text_input', multiline: true, initial_value: '$', ...common },
    { type: 'file_input', filetypes: ['$'], ...common },
  ];
  const button = { type: 'button', text: plain('$'), value: '$', url: '$', style: '$', accessibility_label: '$', ...common };
  return [
    { type: 'header', text: plain('$') },
    { type: 'section', text: mrkdwn('$'), fields: [mrkdwn('$'), plain('$')], accessory: button },
    {
      type: 'actions',
      block_id: '$',
      elements: [
        button,
        { type: 'overflow', options, ...common },
        { type: 'icon_button', text: plain('$'), ...common },
        { type: 'feedback_buttons', ...common, positive_button: button, negative_button: button },
        ...selects,
        { type: '$', action_id: '$' },
      ],
    },
    { type: 'context', elements: [mrkdwn('$'), { type: 'image', image_url: '$', alt_text: '$' }] },
    { type: 'image', image_url: '$', alt_text: '$', title: plain('$') },
    { type: 'image', slack_file: { id: '$', url: '$' }, alt_text: '$' },
    ...controls.map((element) => ({ type: 'input', block_id: '$', label: plain('$'), hint: plain('$'), element })),
    rich,
    { type: 'markdown', text: '$' },
    {
      type: 'plan',
      title: '$',
      tasks: [{ task_id: '$', title: '$', status: '$', details: rich, output: rich, sources: [{ type: 'url', url: '$', text: '$' }] }],
    },
    { type: 'table', rows: [[{ type: 'raw_text', text: '$' }], [rich]], column_settings: [{ align: '$' }] },
    { type: 'data_table', caption: '$', rows: [[{ type: 'raw_text', text: '$' }], [{ type: 'raw_number', value: 1, text: '$' }]], row_header_column_index: 0 },
    { type: 'alert', level: '$', text: mrkdwn('$') },
    {
      type: 'container',
      block_id: '$',
      title: plain('$'),
      subtitle: mrkdwn('$'),
      is_collapsible: true,
      child_blocks: [{ type: 'section', text: mrkdwn('$') }],
    },
    { type: 'card', title: mrkdwn('$'), body: mrkdwn('$'), hero_image: { image_url: '$', alt_text: '$' }, actions: [button] },
    { type: 'file', external_id: '$', source: '$' },
    { type: 'video', title: plain('$'), title_url: '$', video_url: '$' },
    { type: '$', text: '$' },
  ];
};

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '" onfocus="alert(1)" autofocus="',
  '</textarea><script>alert(1)</script>',
  '</template></dialog><iframe src="//evil.example">',
  '</title><style>*{display:none}</style>',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'https://a.example/"onclick="alert(1)',
  'https://a.example/<script>',
  '<https://a.example/" onclick="x|"><b>>',
  '<javascript:alert(1)|x>',
  '<@U" onload="x>',
  '<#C0INC|"><script>>',
  '<!date^1^{time}^javascript:alert(1)|<b>>',
  '*<b onclick=x>*',
  '```</pre><script>x</script>```',
  '`"><svg/onload=x>`',
  '[x](javascript:alert(1)) [y](https://a.example/"onclick=x) **<b>**',
  '| <b> | "x |\n|---|---|\n| </td><script> | x |',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;',
  '\u0000<b>\u2028\uD800',
  '<svg><style>',
  'constructor',
  '__proto__',
];

const outside = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom(...HOSTILE, '<', '>', '"', "'", '&', '*', '`', '|', '\n'), { maxLength: 6 }).map((parts) => parts.join('')),
);

function filled(value: unknown, next: () => string): unknown {
  if (value === '$') return next();
  if (Array.isArray(value)) return value.map((each) => filled(each, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, filled(held, next)]));
}

test('the reader of markup that judges the next tests notices what it should', () => {
  for (const bad of [
    '<script>',
    '<b>',
    '<p onclick="x">',
    "<p class='x'>",
    '<a href="javascript:x">',
    '<img src="https://a.example">',
    'a < b',
    '<p class="a>b">',
    '<p style="x">',
  ])
    expect(finding(bad), bad).toBeDefined();
  expect(finding('<p class="x">a &lt; b<br></p>')).toBeUndefined();
});

test('text from outside never becomes a tag, an attribute or a dangerous link, wherever in a block it stands', () => {
  fc.assert(
    fc.property(fc.array(outside, { minLength: 1, maxLength: 12 }), fc.boolean(), (texts, asModal) => {
      let n = 0;
      const blocks = filled(everything(), () => texts[n++ % texts.length] ?? '');
      expect(finding(draw(blocks, { ...(asModal ? modal : message), errors: { [texts[0] ?? '']: texts[0] ?? '' } }))).toBeUndefined();
    }),
    { numRuns: 150 },
  );
});

test('blocks of any shape are drawn without an error', () => {
  const types = [
    'header',
    'section',
    'actions',
    'context',
    'image',
    'input',
    'rich_text',
    'markdown',
    'plan',
    'table',
    'data_table',
    'alert',
    'container',
    'card',
    'file',
    'video',
    'task_card',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.object({
        maxDepth: 3,
        key: fc.constantFrom(
          'text',
          'elements',
          'element',
          'options',
          'rows',
          'tasks',
          'fields',
          'accessory',
          'type',
          'title',
          'confirm',
          'child_blocks',
          'block_id',
        ),
      }),
      (type, shape) => {
        expect(finding(draw([{ ...shape, type }, shape]))).toBeUndefined();
      },
    ),
    { numRuns: 200 },
  );
});
