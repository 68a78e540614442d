/** What a form holds: the state of its fields, and the checks Slack's own client makes before it sends anything. */
import { elementsOf } from './blocks.ts';
import { isFields } from './shape.ts';
import type { Block, Fields, Values } from './world.ts';

const asOption = (value: unknown, element: Fields): unknown => {
  if (typeof value !== 'string') return value ?? null;
  const found = optionsOf(element).find((option) => option.value === value);
  return found ?? { text: { type: 'plain_text', text: value, emoji: true }, value };
};

export function optionsOf(element: Fields): Fields[] {
  const listed = Array.isArray(element.options) ? element.options : [];
  const grouped = Array.isArray(element.option_groups) ? element.option_groups.filter(isFields).flatMap((group) => group.options) : [];
  return [...listed, ...grouped].filter(isFields);
}

interface Holding {
  /** Where the state keeps the value. */
  readonly key: string;
  /** Where the element keeps its first value. */
  readonly from: string;
  readonly read?: (value: unknown, element: Fields) => unknown;
}

const readMany = (value: unknown, element: Fields): unknown => (Array.isArray(value) ? value.map((each) => asOption(each, element)) : []);
const textual: Holding = { key: 'value', from: 'initial_value' };

/** Every element with a state. Buttons and overflow menus have none. */
const HOLDINGS: Readonly<Record<string, Holding>> = {
  plain_text_input: textual,
  url_text_input: textual,
  email_text_input: textual,
  number_input: textual,
  rich_text_input: { key: 'rich_text_value', from: 'initial_value' },
  static_select: { key: 'selected_option', from: 'initial_option', read: asOption },
  external_select: { key: 'selected_option', from: 'initial_option', read: asOption },
  radio_buttons: { key: 'selected_option', from: 'initial_option', read: asOption },
  multi_static_select: { key: 'selected_options', from: 'initial_options', read: readMany },
  multi_external_select: { key: 'selected_options', from: 'initial_options', read: readMany },
  checkboxes: { key: 'selected_options', from: 'initial_options', read: readMany },
  users_select: { key: 'selected_user', from: 'initial_user' },
  multi_users_select: { key: 'selected_users', from: 'initial_users', read: (value) => value ?? [] },
  channels_select: { key: 'selected_channel', from: 'initial_channel' },
  multi_channels_select: { key: 'selected_channels', from: 'initial_channels', read: (value) => value ?? [] },
  conversations_select: { key: 'selected_conversation', from: 'initial_conversation' },
  multi_conversations_select: { key: 'selected_conversations', from: 'initial_conversations', read: (value) => value ?? [] },
  datepicker: { key: 'selected_date', from: 'initial_date' },
  timepicker: { key: 'selected_time', from: 'initial_time' },
  datetimepicker: { key: 'selected_date_time', from: 'initial_date_time' },
  file_input: { key: 'files', from: 'initial_files', read: (value) => (Array.isArray(value) ? value : []) },
};

export const holdingOf = (element: Fields): Holding | undefined => HOLDINGS[String(element.type)];

/** The state of one element: what was given, else what it starts with. */
export function stateOf(element: Fields, given: Fields | undefined): Fields | undefined {
  const holding = holdingOf(element);
  if (!holding) return undefined;
  const raw = given && holding.key in given ? given[holding.key] : element[holding.from];
  const value = holding.read ? holding.read(raw, element) : (raw ?? null);
  return { type: element.type, [holding.key]: value === '' ? null : value };
}

/** `view.state.values`: every field that has a state, filled or not. */
export function fillIn(blocks: readonly Block[], given: Values): Values {
  const values: Values = {};
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      const blockId = String(block.block_id);
      const state = stateOf(element, given[blockId]?.[String(element.action_id)]);
      if (state) values[blockId] = { ...values[blockId], [String(element.action_id)]: state };
    }
  }
  return values;
}

/** What Slack's client says under a field before it lets the form go; undefined when the field is fine. */
function complaint(block: Block, element: Fields, state: Fields): string | undefined {
  const held = state[holdingOf(element)?.key ?? ''];
  const isEmpty = held === null || held === undefined || (Array.isArray(held) && held.length === 0);
  if (isEmpty) return block.optional === true ? undefined : 'Please complete this required field.';
  if (typeof held !== 'string') return undefined;
  const least = Number(element.min_length ?? 0);
  const most = Number(element.max_length ?? 3000);
  if (held.length < least) return `Please enter at least ${least} characters.`;
  if (held.length > most) return `Please enter no more than ${most} characters.`;
  if (element.type === 'url_text_input' && !URL.canParse(held)) return 'Please enter a valid URL.';
  if (element.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(held)) return 'Please enter a valid email address.';
  return element.type === 'number_input' ? numberComplaint(element, held) : undefined;
}

function numberComplaint(element: Fields, held: string): string | undefined {
  const value = Number(held);
  if (Number.isNaN(value)) return 'Please enter a number.';
  if (element.is_decimal_allowed === false && !Number.isInteger(value)) return 'Please enter a whole number.';
  if (element.min_value !== undefined && value < Number(element.min_value)) return `Please enter a number of at least ${String(element.min_value)}.`;
  if (element.max_value !== undefined && value > Number(element.max_value)) return `Please enter a number of at most ${String(element.max_value)}.`;
  return undefined;
}

/** Complaints by block_id. */
export function complaints(blocks: readonly Block[], values: Values): Record<string, string> {
  const found: Record<string, string> = {};
  for (const block of blocks.filter((each) => each.type === 'input')) {
    const [element] = elementsOf(block);
    const said = element ? complaint(block, element, values[String(block.block_id)]?.[String(element.action_id)] ?? {}) : undefined;
    if (said) found[String(block.block_id)] = said;
  }
  return found;
}
