import { type Html, html } from './html.ts';
import { type Loose, list, record, records, words } from './loose.ts';
import { textObject } from './mrkdwn.ts';
import { controlId, identity, naming, type Spot, spread } from './spot.ts';

interface Option {
  readonly value: string;
  readonly text: Html;
  readonly description?: Html;
  readonly group?: string;
}

function optionsOf(element: Loose, spot: Spot): readonly Option[] {
  const { people, channels } = spot.context;
  const type = words(element.type);
  if (type.endsWith('users_select')) return people.filter((face) => !face.app).map((face) => ({ value: face.id, text: html`${face.fullName}` }));
  if (/(channels|conversations)_select$/.test(type)) return channels.map((channel) => ({ value: channel.id, text: html`#${channel.name}` }));
  const read = (option: Loose, group?: string): Option => ({
    value: words(option.value),
    text: textObject(option.text, spot.context),
    ...(option.description === undefined ? {} : { description: textObject(option.description, spot.context) }),
    ...(group === undefined ? {} : { group }),
  });
  const grouped = records(element.option_groups).flatMap((group) => records(group.options).map((option) => read(option, words(record(group.label).text))));
  return [...records(element.options).map((option) => read(option)), ...grouped];
}

/** The values chosen at first, whatever the element calls them. */
function initial(element: Loose): ReadonlySet<string> {
  const ids = ['initial_user', 'initial_channel', 'initial_conversation'].map((name) => words(element[name]));
  const lists = ['initial_users', 'initial_channels', 'initial_conversations'].flatMap((name) => list(element[name]).map(words));
  const options = [record(element.initial_option), ...records(element.initial_options)].map((option) => words(option.value));
  return new Set([...ids, ...lists, ...options].filter((value) => value !== ''));
}

function optionTag(option: Option, chosen: ReadonlySet<string>): Html {
  return html`<option${spread({ value: option.value, selected: chosen.has(option.value) })}>${option.text}</option>`;
}

/** One choice out of a list: static, users, channels or conversations. */
export function selectMenu(element: Loose, spot: Spot): Html {
  const options = optionsOf(element, spot);
  const chosen = initial(element);
  const groups = [...new Set(options.map((option) => option.group))];
  const inner = groups.map((group) => {
    const tags = options.filter((option) => option.group === group).map((option) => optionTag(option, chosen));
    return group === undefined ? tags : html`<optgroup label="${group}">${tags}</optgroup>`;
  });
  const placeholder = textObject(element.placeholder ?? 'Choose an option', spot.context);
  const known = options.some((option) => chosen.has(option.value));
  return html`<select${spread({ id: controlId(element, spot), class: 'select' }, identity(element, spot), naming(element, spot))}
    ><option${spread({ value: '', selected: !known, disabled: spot.required ?? false })}>${placeholder}</option>${inner}</select>`;
}

/** Radio buttons, checkboxes, and every `multi_…_select`, which is a list of checkboxes in a frame. */
export function choiceGroup(element: Loose, spot: Spot): Html {
  const id = controlId(element, spot);
  const chosen = initial(element);
  const one = element.type === 'radio_buttons';
  const framed = words(element.type).startsWith('multi_');
  const boxes = optionsOf(element, spot).map((option, n) => {
    const described = option.description === undefined ? undefined : `${id}-${n}-about`;
    const box = spread({
      type: one ? 'radio' : 'checkbox',
      name: id,
      id: `${id}-${n}`,
      value: option.value,
      checked: chosen.has(option.value),
      'aria-describedby': described,
    });
    return html`<div class="choice"><input${box}><label for="${id}-${n}">${option.text}</label>${
      option.description === undefined ? '' : html`<p class="about" id="${described}">${option.description}</p>`
    }</div>`;
  });
  const role = one ? 'radiogroup' : 'group';
  const shape = { id, class: framed ? 'choices framed' : 'choices', role, tabindex: framed ? -1 : undefined };
  return html`<div${spread(shape, identity(element, spot), naming(element, spot))}>${boxes}</div>`;
}
