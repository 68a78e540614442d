/**
 * Block Kit as Slack checks it: one table of shapes and limits. Figures from the comments of @slack/types 3.2.0 and docs.slack.dev;
 * where they differ, the stricter one, because a payload that passes here must pass there.
 */
import { all, also, anything, bool, byType, type Check, type Flaw, int, isFields, list, matching, must, oneOf, shape, str } from './shape.ts';
import type { Block, Fields } from './world.ts';

const plain = (max: number) => shape({ type: must(oneOf('plain_text')), text: must(str(max)), emoji: bool });
const words = (max: number) => byType({ plain_text: plain(max), mrkdwn: shape({ type: must(anything), text: must(str(max)), verbatim: bool }) });

const id = str(255);
const type = must(anything);
const placeholder = plain(150);
const confirm = shape({ title: plain(100), text: must(words(300)), confirm: plain(30), deny: plain(30), style: oneOf('primary', 'danger') });
// @slack/types says 75 for `value`, newer pages 150.
const option = (text: Check) => shape({ text: must(text), value: must(str(75)), description: text, url: str(3000) });
const pick = option(plain(75));
const tick = option(words(75));
const groups = list(shape({ label: must(plain(75)), options: must(list(pick, 100)) }), 100);

const interactive = { type, action_id: id, confirm, focus_on_load: bool };
const chooser = { ...interactive, placeholder };
const several = { ...chooser, max_selected_items: int(1, 1000) };
const date = matching(/^\d{4}-\d\d-\d\d$/, 'a date as YYYY-MM-DD');
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time as HH:mm');
const conversations = { default_to_current_conversation: bool, filter: anything };
const textual = { type, action_id: id, placeholder, initial_value: str(3000, 0), focus_on_load: bool, dispatch_action_config: anything };

const values = (options: unknown): string[] => (Array.isArray(options) ? options.filter(isFields).map((each) => JSON.stringify([each.text, each.value])) : []);
const offered = (element: Fields): string[] => [
  ...values(element.options),
  ...(Array.isArray(element.option_groups) ? element.option_groups.filter(isFields).flatMap((group) => values(group.options)) : []),
];
const initials = (element: Fields): string[] => [...values(element.initial_options), ...values([element.initial_option])];
const initialIsOffered = also('initial option must be one of the options', (element) => initials(element).every((each) => offered(element).includes(each)));
const optionsOrGroups = also(
  'must provide options or option_groups, not both',
  (element) => (element.options === undefined) !== (element.option_groups === undefined),
);
const imageSource = also('must provide image_url or slack_file, not both', (image) => (image.image_url === undefined) !== (image.slack_file === undefined));
const fileRef = shape({ id: str(255), url: str(3000) });
const picture = { type, image_url: str(3000), slack_file: fileRef, alt_text: must(str(2000)) };

/** Interactive elements, by type. */
const ELEMENTS: Readonly<Record<string, Check>> = {
  button: shape({
    ...interactive,
    text: must(plain(75)),
    url: str(3000),
    value: str(2000, 0),
    style: oneOf('primary', 'danger'),
    accessibility_label: str(75),
  }),
  overflow: shape({ type, action_id: id, confirm, options: must(list(pick, 5)) }),
  checkboxes: all(shape({ ...interactive, options: must(list(tick, 10)), initial_options: list(tick, 10) }), initialIsOffered),
  radio_buttons: all(shape({ ...interactive, options: must(list(tick, 10)), initial_option: tick }), initialIsOffered),
  static_select: all(shape({ ...chooser, options: list(pick, 100), option_groups: groups, initial_option: pick }), optionsOrGroups, initialIsOffered),
  multi_static_select: all(
    shape({ ...several, options: list(pick, 100), option_groups: groups, initial_options: list(pick, 100) }),
    optionsOrGroups,
    initialIsOffered,
  ),
  external_select: shape({ ...chooser, initial_option: pick, min_query_length: int(0, 1000) }),
  multi_external_select: shape({ ...several, initial_options: list(pick, 100), min_query_length: int(0, 1000) }),
  users_select: shape({ ...chooser, initial_user: id }),
  multi_users_select: shape({ ...several, initial_users: list(id, 1000, 0) }),
  channels_select: shape({ ...chooser, initial_channel: id, response_url_enabled: bool }),
  multi_channels_select: shape({ ...several, initial_channels: list(id, 1000, 0) }),
  conversations_select: shape({ ...chooser, ...conversations, initial_conversation: id, response_url_enabled: bool }),
  multi_conversations_select: shape({ ...several, ...conversations, initial_conversations: list(id, 1000, 0) }),
  datepicker: shape({ ...chooser, initial_date: date }),
  timepicker: shape({ ...chooser, initial_time: time, timezone: str(100) }),
  datetimepicker: shape({ ...interactive, initial_date_time: int(1_000_000_000, 9_999_999_999) }),
};

/** Elements only an input block may hold. */
const INPUTS: Readonly<Record<string, Check>> = {
  plain_text_input: shape({ ...textual, multiline: bool, min_length: int(0, 3000), max_length: int(1, 3000) }),
  url_text_input: shape(textual),
  email_text_input: shape(textual),
  number_input: shape({ ...textual, is_decimal_allowed: must(bool), min_value: str(30), max_value: str(30) }),
  rich_text_input: shape({ ...textual, initial_value: anything, min_lines: int(1, 100), max_lines: int(1, 100) }),
  file_input: shape({ type, action_id: id, filetypes: list(str(30), 100), max_files: int(1, 10) }),
};

const { button: _button, overflow: _overflow, ...CHOOSERS } = ELEMENTS;
const { datetimepicker: _datetimepicker, ...ACCESSORIES } = ELEMENTS;
const block_id = id;
/** Slack knows these; what is inside is not checked here. */
const loosely: Check = also('block_id must be less than 256 characters', (block) => block.block_id === undefined || String(block.block_id).length <= 255);

const RICH_TYPES = ['text', 'link', 'user', 'usergroup', 'channel', 'emoji', 'date', 'broadcast', 'color', 'team'];
const richElements = must(list(byType(Object.fromEntries(RICH_TYPES.map((name) => [name, anything]))), 1000, 0));
const richSection = shape({ type, elements: richElements });
const richLevel = { indent: int(0, 8), offset: int(0, 10_000), border: int(0, 1) };
const richText = shape({
  type,
  block_id,
  elements: must(
    list(
      byType({
        rich_text_section: richSection,
        rich_text_list: shape({
          type,
          elements: must(list(byType({ rich_text_section: richSection }), 1000)),
          style: must(oneOf('bullet', 'ordered')),
          ...richLevel,
        }),
        rich_text_preformatted: shape({ type, elements: richElements, border: int(0, 1) }),
        rich_text_quote: shape({ type, elements: richElements, border: int(0, 1) }),
      }),
      1000,
    ),
  ),
});
const cell = byType({
  raw_text: shape({ type, text: must(str(3000)) }),
  raw_number: shape({ type, value: must(anything), text: must(str(3000)) }),
  rich_text: richText,
});
const task = shape({
  type,
  block_id,
  task_id: must(str(255)),
  title: must(str(3000)),
  details: richText,
  output: richText,
  sources: list(shape({ type, url: must(str(3000)), text: must(str(3000)) }), 100, 0),
  status: must(oneOf('pending', 'in_progress', 'complete', 'error')),
});

const BLOCKS: Readonly<Record<string, Check>> = {
  section: all(
    shape({
      type,
      block_id,
      text: words(3000),
      fields: list(words(2000), 10),
      accessory: byType({ ...ACCESSORIES, image: all(shape(picture), imageSource) }),
      expand: bool,
    }),
    also('must provide text or fields', (block) => block.text !== undefined || block.fields !== undefined),
  ),
  header: shape({ type, block_id, text: must(plain(150)) }),
  divider: shape({ type, block_id }),
  context: shape({
    type,
    block_id,
    elements: must(list(byType({ image: all(shape(picture), imageSource), plain_text: plain(3000), mrkdwn: words(3000) }), 10)),
  }),
  actions: shape({ type, block_id, elements: must(list(byType({ ...ELEMENTS, rich_text_input: INPUTS.rich_text_input ?? anything }), 25)) }),
  image: all(shape({ ...picture, block_id, title: plain(2000) }), imageSource),
  input: shape({
    type,
    block_id,
    label: must(plain(2000)),
    hint: plain(2000),
    optional: bool,
    dispatch_action: bool,
    element: must(byType({ ...CHOOSERS, ...INPUTS })),
  }),
  rich_text: richText,
  markdown: shape({ type, block_id, text: must(str(12_000)) }),
  table: shape({ type, block_id, rows: must(list(list(cell, 20), 100)), column_settings: list(anything, 20) }),
  task_card: task,
  plan: shape({ type, block_id, title: must(str(3000)), tasks: list(byType({ task_card: task }), 100, 0) }),
  alert: shape({ type, block_id, text: must(words(3000)), level: oneOf('default', 'info', 'warning', 'error', 'success') }),
  video: loosely,
  file: loosely,
  context_actions: loosely,
  card: loosely,
  carousel: loosely,
  container: loosely,
  data_table: loosely,
};

const MODAL = shape({
  type,
  title: must(plain(24)),
  blocks: must(list(byType(BLOCKS), 100, 0)),
  submit: plain(24),
  close: plain(24),
  callback_id: str(255, 0),
  private_metadata: str(3000, 0),
  external_id: str(255, 0),
  clear_on_close: bool,
  notify_on_close: bool,
});
const HOME = shape({
  type,
  blocks: must(list(byType(BLOCKS), 100, 0)),
  callback_id: str(255, 0),
  private_metadata: str(3000, 0),
  external_id: str(255, 0),
});

/** Slack does not write this figure down; measured by others near 13,000 (bolt-js issue 2509). */
const MESSAGE_TEXT_MAX = 13_000;

/** Whether a file named by id or by its private address exists. */
export type KnowsFile = (idOrUrl: string) => boolean;

export function flawsOfBlocks(blocks: unknown, knowsFile: KnowsFile): Flaw[] {
  const flaws: Flaw[] = [];
  list(byType(BLOCKS), 50, 0)(blocks, '/blocks', flaws);
  across(blocks, '/blocks', flaws);
  everyFile(blocks, '/blocks', { flaws, knowsFile });
  if (Array.isArray(blocks) && blocks.filter((block) => isFields(block) && block.type === 'table').length > 1) {
    flaws.push({ pointer: '/blocks', message: 'only one table allowed' });
  }
  if (JSON.stringify(blocks ?? null).includes('"type":"file_input"')) flaws.push({ pointer: '/blocks', message: 'file_input is only available in modals' });
  return flaws;
}

export function flawsOfView(view: unknown, knowsFile: KnowsFile): Flaw[] {
  const flaws: Flaw[] = [];
  byType({ modal: MODAL, home: HOME })(view, '/view', flaws);
  if (!isFields(view)) return flaws;
  across(view.blocks, '/view/blocks', flaws);
  everyFile(view.blocks, '/view/blocks', { flaws, knowsFile });
  const hasInput = Array.isArray(view.blocks) && view.blocks.some((block) => isFields(block) && block.type === 'input');
  if (view.type === 'modal' && hasInput && !view.submit) flaws.push({ pointer: '/view', message: 'missing required field: submit' });
  return flaws;
}

/** Whether all texts together are longer than one message may be. */
export function isTooMuchText(blocks: unknown): boolean {
  return textLength(blocks) > MESSAGE_TEXT_MAX;
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + textLength(each), 0);
  if (!isFields(value)) return 0;
  return Object.entries(value).reduce((sum, [name, each]) => sum + (typeof each === 'string' ? (name === 'text' ? each.length : 0) : textLength(each)), 0);
}

/** Each block_id once in the whole, each action_id once in its block. */
function across(blocks: unknown, pointer: string, flaws: Flaw[]): void {
  if (!Array.isArray(blocks)) return;
  const blockIds = new Set<unknown>();
  for (const [index, block] of blocks.filter(isFields).entries()) {
    if (block.block_id !== undefined && blockIds.has(block.block_id)) flaws.push({ pointer, message: `block_id ${String(block.block_id)} already exists` });
    blockIds.add(block.block_id);
    const actionIds = elementsOf(block).flatMap((element) => (element.action_id === undefined ? [] : [element.action_id]));
    const twice = actionIds.find((each, at) => actionIds.indexOf(each) !== at);
    if (twice !== undefined) flaws.push({ pointer: `${pointer}/${index}`, message: `action_id ${String(twice)} already exists in this block` });
  }
}

function everyFile(value: unknown, pointer: string, tools: { flaws: Flaw[]; knowsFile: KnowsFile }): void {
  if (!Array.isArray(value) && !isFields(value)) return;
  for (const [name, each] of Object.entries(value)) {
    const ref = name === 'slack_file' && isFields(each) ? (each.id ?? each.url) : undefined;
    if (name === 'slack_file' && !(typeof ref === 'string' && tools.knowsFile(ref)))
      tools.flaws.push({ pointer: `${pointer}/slack_file`, message: 'invalid slack file' });
    everyFile(each, `${pointer}/${name}`, tools);
  }
}

/** The elements of a block that a person can act on. */
export function elementsOf(block: Fields): Fields[] {
  const held = [...(Array.isArray(block.elements) ? block.elements : []), block.element, block.accessory];
  return held.filter(isFields).filter((element) => typeof element.type === 'string' && (element.type in ELEMENTS || element.type in INPUTS));
}

/** Gives each block and each element the id Slack would make up for it. */
export function withIds(blocks: unknown, nextId: (prefix: string) => string): Block[] {
  // Checked before: every block has a type.
  const named = structuredClone(Array.isArray(blocks) ? blocks : []) as Block[];
  for (const block of named) {
    block.block_id ??= nextId('b');
    for (const element of elementsOf(block)) element.action_id ??= nextId('a');
  }
  return named;
}
