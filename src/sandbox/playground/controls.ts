import { choiceGroup, selectMenu } from './choices.ts';
import { type Html, html, safeUrl } from './html.ts';
import { fileField, picker, textField } from './inputs.ts';
import { type Loose, record, records, words, wordsOr } from './loose.ts';
import { textObject } from './mrkdwn.ts';
import { picture } from './pictures.ts';
import { confirmTemplate, controlId, identity, naming, type Spot, spread } from './spot.ts';

/** Inside the workspace in place, outside in a new tab. */
function going(spot: Spot, address: string): Record<string, string> {
  const inside = spot.context.insidePath(address);
  return inside === undefined ? { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' } : { href: inside };
}

function button(element: Loose, spot: Spot): Html {
  const style = element.style === 'primary' || element.style === 'danger' ? ` ${element.style}` : '';
  const shared = {
    id: controlId(element, spot),
    class: `btn${style}`,
    'data-value': words(element.value),
    'aria-label': wordsOr(element.accessibility_label),
  };
  const label = textObject(element.text, spot.context);
  const address = safeUrl(words(element.url));
  const tag =
    address === undefined
      ? html`<button type="button"${spread(shared, identity(element, spot))}>${label}</button>`
      : html`<a${spread(shared, identity(element, spot), going(spot, address))}>${label}</a>`;
  return html`${tag}${confirmTemplate(element, spot)}`;
}

function iconButton(element: Loose, spot: Spot): Html {
  const seen = element.visible_to_user_ids;
  return Array.isArray(seen) && !seen.includes(spot.context.visitor) ? html`` : button(element, spot);
}

function feedback(element: Loose, spot: Spot): Html {
  const sides = [element.positive_button, element.negative_button].map(record);
  // The two halves share one action_id; their place in the row tells their ids apart.
  const place = (n: number) => ({ ...spot.place, id: `${spot.place.id}-${n}` });
  return html`${sides.map((side, n) => button({ ...side, action_id: element.action_id, type: 'button' }, { ...spot, place: place(n) }))}`;
}

/** The `⋯` menu. */
function overflow(element: Loose, spot: Spot): Html {
  const id = controlId(element, spot);
  const items = records(element.options).map((option) => {
    const shared = { role: 'menuitem', class: 'item', 'data-value': words(option.value) };
    const about = option.description === undefined ? '' : html`<span class="about">${textObject(option.description, spot.context)}</span>`;
    const address = safeUrl(words(option.url));
    return address === undefined
      ? html`<button type="button"${spread(shared, identity(element, spot))}>${textObject(option.text, spot.context)}${about}</button>`
      : html`<a${spread(shared, identity(element, spot), going(spot, address))}
        >${textObject(option.text, spot.context)}${about}</a>`;
  });
  return html`<button type="button" class="btn more" id="${id}" popovertarget="${id}-menu" aria-haspopup="menu" aria-label="More actions">⋯</button
    ><div popover role="menu" class="menu" id="${id}-menu" aria-labelledby="${id}">${items}</div>${confirmTemplate(element, spot)}`;
}

const DRAWN: Readonly<Record<string, (element: Loose, spot: Spot) => Html>> = {
  button,
  workflow_button: button,
  icon_button: iconButton,
  feedback_buttons: feedback,
  overflow,
  image: (element, spot) => picture(element, spot.context, 'thumb'),
  checkboxes: choiceGroup,
  radio_buttons: choiceGroup,
  static_select: selectMenu,
  users_select: selectMenu,
  channels_select: selectMenu,
  conversations_select: selectMenu,
  multi_static_select: choiceGroup,
  multi_users_select: choiceGroup,
  multi_channels_select: choiceGroup,
  multi_conversations_select: choiceGroup,
  plain_text_input: textField,
  url_text_input: textField,
  email_text_input: textField,
  number_input: textField,
  rich_text_input: textField,
  datepicker: picker,
  timepicker: picker,
  datetimepicker: picker,
  file_input: fileField,
};

/** Elements whose own tag a `<label for>` can name; the others are groups and take `aria-labelledby`. */
export function isLabelable(element: Loose): boolean {
  return !/^(checkboxes|radio_buttons|multi_|file_input)/.test(words(element.type));
}

/** Any interactive element; one that is not known is named instead of drawn, so that nobody wonders where it went. */
export function control(element: Loose, spot: Spot): Html {
  const type = words(element.type);
  const draw = Object.hasOwn(DRAWN, type) ? DRAWN[type] : undefined;
  if (draw === undefined) return html`<span class="unknown"${spread(naming(element, spot))}>${`[${type || 'element'}]`}</span>`;
  const drawn = draw(element, spot);
  return /button|overflow|image/.test(type) ? drawn : html`${drawn}${confirmTemplate(element, spot)}`;
}
