import { type Html, html } from './html.ts';
import { type Loose, list, numberOr, record, words, wordsOr } from './loose.ts';
import { controlId, identity, naming, type Spot, spread } from './spot.ts';

const TEXT_TYPES: Readonly<Record<string, string>> = { url_text_input: 'url', email_text_input: 'email', number_input: 'number' };

// A rich text default is shown as its plain words: the playground's editor knows no styles.
function plainWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainWords).join('');
  const node = record(value);
  return words(node.text) + plainWords(node.elements ?? []);
}

/** One line or several; url, email and number bring their own keyboard. The app's checks are shown, the browser's are not. */
export function textField(element: Loose, spot: Spot): Html {
  const rich = element.type === 'rich_text_input';
  const start = rich ? plainWords(element.initial_value) : words(element.initial_value);
  const shared = {
    id: controlId(element, spot),
    class: 'input',
    placeholder: wordsOr(record(element.placeholder).text),
    maxlength: numberOr(element.max_length, 3000),
    'data-enter': spot.acts,
    autofocus: element.focus_on_load === true,
  };
  const described = [identity(element, spot), naming(element, spot)] as const;
  if (rich || element.multiline === true) return html`<textarea${spread(shared, ...described, { rows: 4 })}>${`\n${start}`}</textarea>`;
  const type = TEXT_TYPES[words(element.type)] ?? 'text';
  const number =
    type === 'number' ? { min: wordsOr(element.min_value), max: wordsOr(element.max_value), step: element.is_decimal_allowed === true ? 'any' : '1' } : {};
  return html`<input${spread(shared, ...described, number, { type, value: start, autocomplete: 'off' })}>`;
}

/** Date, time, or both. */
export function picker(element: Loose, spot: Spot): Html {
  const type = element.type === 'datepicker' ? 'date' : element.type === 'timepicker' ? 'time' : 'datetime-local';
  const seconds = numberOr(element.initial_date_time, 0);
  // `datetime-local` has no zone: both ways of the form read it as UTC.
  const both = seconds === 0 ? '' : new Date(seconds * 1000).toISOString().slice(0, 16);
  const value = words(element.initial_date) || words(element.initial_time) || both;
  return html`<input${spread({ id: controlId(element, spot), class: 'input short', type, value }, identity(element, spot), naming(element, spot))}>`;
}

/** A real file chooser; the browser uploads each file at once and keeps its id in the list below (`data-mine`: never re-drawn). */
export function fileField(element: Loose, spot: Spot): Html {
  const id = controlId(element, spot);
  const types = list(element.filetypes)
    .map(words)
    .filter((type) => /^[a-z0-9]{1,12}$/i.test(type));
  const most = Math.min(10, Math.max(1, numberOr(element.max_files, 10)));
  const chooser = spread(naming(element, spot), {
    type: 'file',
    id: `${id}-chooser`,
    multiple: most > 1,
    accept: types.map((type) => `.${type}`).join(',') || undefined,
    'data-upload': id,
    'data-most': most,
  });
  return html`<div${spread({ id, class: 'file-field' }, identity(element, spot))}
    ><div class="drop"><span aria-hidden="true">📎</span><input${chooser}
    ><span class="about">${`Up to ${most} ${most === 1 ? 'file' : 'files'}`}</span></div
    ><ul class="chosen" data-mine aria-label="Chosen files"></ul></div>`;
}
