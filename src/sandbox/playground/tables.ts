import type { RenderContext } from './context.ts';
import { type Html, html, link } from './html.ts';
import { type Loose, list, numberOr, record, records, words } from './loose.ts';
import { richText } from './rich-text.ts';
import { spread } from './spot.ts';

function cell(value: unknown, context: RenderContext): Html {
  const held = record(value);
  if (held.type === 'rich_text') return richText(held, context);
  return html`${words(held.text) || (typeof held.value === 'number' ? held.value : '')}`;
}

/** `table` and `data_table`: the first row holds the column names. */
export function table(block: Loose, context: RenderContext): Html {
  const [head, ...body] = list(block.rows).map(list);
  const settings = records(block.column_settings);
  const headed = numberOr(block.row_header_column_index, -1);
  const align = (value: unknown, column: number) => {
    const wanted = words(settings[column]?.align);
    return /^(left|center|right)$/.test(wanted) ? wanted : record(value).type === 'raw_number' ? 'right' : 'left';
  };
  const row = (cells: readonly unknown[]) =>
    html`<tr>${cells.map((value, column) =>
      column === headed
        ? html`<th${spread({ scope: 'row', class: align(value, column) })}>${cell(value, context)}</th>`
        : html`<td class="${align(value, column)}">${cell(value, context)}</td>`,
    )}</tr>`;
  const caption = words(block.caption);
  const names = (head ?? []).map((value, column) => html`<th${spread({ scope: 'col', class: align(body[0]?.[column], column) })}>${cell(value, context)}</th>`);
  // A region that scrolls must be reachable by keyboard.
  return html`<div class="table" tabindex="0" role="region" aria-label="${caption || 'Table'}"><table>${
    caption === '' ? '' : html`<caption>${caption}</caption>`
  }<thead><tr>${names}</tr></thead><tbody>${body.map(row)}</tbody></table></div>`;
}

const STATUS: Readonly<Record<string, { sign: string; says: string }>> = {
  pending: { sign: '', says: 'to do' },
  in_progress: { sign: '', says: 'in progress' },
  complete: { sign: '✓', says: 'done' },
  error: { sign: '!', says: 'failed' },
};

function taskInside(task: Loose, context: RenderContext): Html {
  const status = Object.hasOwn(STATUS, words(task.status)) ? words(task.status) : 'pending';
  const { sign, says } = STATUS[status] ?? { sign: '', says: '' };
  const sources = records(task.sources).map((source) => link(words(source.url), words(source.text) || words(source.url)));
  return html`<span class="tick ${status}" role="img" aria-label="${says}">${sign}</span
    ><div class="task-text"><span class="task-title">${words(task.title)}</span>${task.details === undefined ? '' : richText(record(task.details), context)}${
      task.output === undefined ? '' : html`<div class="output">${richText(record(task.output), context)}</div>`
    }${sources.length === 0 ? '' : html`<p class="about">${sources.map((source, n) => html`${n === 0 ? '' : ' · '}${source}`)}</p>`}</div>`;
}

/** One step on its own. */
export function taskCard(block: Loose, context: RenderContext): Html {
  return html`<div class="task card ${statusClass(block)}">${taskInside(block, context)}</div>`;
}

function statusClass(task: Loose): string {
  return Object.hasOwn(STATUS, words(task.status)) ? words(task.status) : 'pending';
}

/** The checklist: title, how far it is, the steps. */
export function plan(block: Loose, context: RenderContext): Html {
  const tasks = records(block.tasks);
  const done = tasks.filter((task) => task.status === 'complete').length;
  const items = tasks.map((task) => html`<li class="task ${statusClass(task)}">${taskInside(task, context)}</li>`);
  return html`<div class="plan"><p class="plan-title"><strong>${words(block.title)}</strong><span class="about">${`${done} of ${tasks.length} done`}</span></p
    ><ol class="tasks">${items}</ol></div>`;
}
