import type { Block, Fields, Values } from '../slack/world.ts';
import { type Loose, record, records, words } from './loose.ts';

/** One field of a form as the browser read it: what is typed, or the values that are chosen. */
export interface FilledField {
  readonly block: string;
  readonly action: string;
  readonly chosen: readonly string[];
}

const ONE: Readonly<Record<string, string>> = {
  users_select: 'selected_user',
  channels_select: 'selected_channel',
  conversations_select: 'selected_conversation',
  static_select: 'selected_option',
  radio_buttons: 'selected_option',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
};

const MANY: Readonly<Record<string, string>> = {
  multi_users_select: 'selected_users',
  multi_channels_select: 'selected_channels',
  multi_conversations_select: 'selected_conversations',
  multi_static_select: 'selected_options',
  checkboxes: 'selected_options',
  file_input: 'files',
};

function richTextOf(text: string): Fields {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] };
}

/** One element's state under the name Slack gives it; options and files by their value or id alone. */
function stateOf(element: Loose, chosen: readonly string[]): Fields {
  const type = words(element.type);
  const first = chosen[0] === undefined || chosen[0] === '' ? null : chosen[0];
  const one = Object.hasOwn(ONE, type) ? ONE[type] : undefined;
  if (one !== undefined) return { type, [one]: first };
  const many = Object.hasOwn(MANY, type) ? MANY[type] : undefined;
  if (many !== undefined) return { type, [many]: [...chosen] };
  if (type === 'datetimepicker') return { type, selected_date_time: first === null ? null : Math.floor(Date.parse(`${first}Z`) / 1000) };
  if (type === 'rich_text_input') return { type, rich_text_value: first === null ? null : richTextOf(first) };
  return { type, value: first };
}

function elementsOf(block: Loose): readonly Loose[] {
  return [record(block.element), record(block.accessory), ...records(block.elements), ...records(block.child_blocks).flatMap(elementsOf)];
}

/** What the person filled in, shaped as `view.state.values`; fields the view does not have are left out. */
export function valuesOf(blocks: readonly Block[], fields: readonly FilledField[]): Values {
  const all = blocks.flatMap((block) => elementsOf(block).map((element) => ({ element, block: block.block_id ?? '' })));
  const values: Values = {};
  for (const { block, action, chosen } of fields) {
    const found = all.find((held) => held.block === block && held.element.action_id === action);
    if (found === undefined) continue;
    values[block] = { ...values[block], [action]: stateOf(found.element, chosen) };
  }
  return values;
}
