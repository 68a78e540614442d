import { channelName, personName, type RenderContext } from './context.ts';
import { slackDate } from './dates.ts';
import { emoji } from './emoji.ts';
import { type Html, html } from './html.ts';
import { channelMention, linkFrom } from './links.ts';
import { type Loose, list, numberOr, record, records, words } from './loose.ts';

const STYLES: readonly (readonly [string, (inner: Html) => Html])[] = [
  ['code', (inner) => html`<code>${inner}</code>`],
  ['bold', (inner) => html`<strong>${inner}</strong>`],
  ['italic', (inner) => html`<em>${inner}</em>`],
  ['strike', (inner) => html`<s>${inner}</s>`],
  ['underline', (inner) => html`<u>${inner}</u>`],
];

function styled(inner: Html, style: unknown): Html {
  const wanted = record(style);
  return STYLES.reduce((done, [name, wrap]) => (wanted[name] === true ? wrap(done) : done), inner);
}

function textWithBreaks(text: string): Html {
  return html`${text.split('\n').map((line, n) => (n === 0 ? line : html`<br>${line}`))}`;
}

// Slack writes the sign as hex code points joined by `-`.
function fromUnicode(codes: string): string | undefined {
  const points = codes.split('-').map((code) => Number.parseInt(code, 16));
  return points.every((point) => point > 0 && point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}

function piece(element: Loose, context: RenderContext): Html {
  switch (element.type) {
    case 'text':
      return textWithBreaks(words(element.text));
    case 'link':
      return linkFrom(context, words(element.url), words(element.text) || words(element.url));
    case 'emoji':
      return html`${emoji(words(element.name)) ?? fromUnicode(words(element.unicode)) ?? `:${words(element.name)}:`}`;
    case 'user':
      return html`<span class="mention${element.user_id === context.visitor ? ' me' : ''}">@${personName(context, words(element.user_id))}</span>`;
    case 'channel':
      return channelMention(context, words(element.channel_id), channelName(context, words(element.channel_id)));
    case 'usergroup':
      return html`<span class="mention">@${context.groups.get(words(element.usergroup_id)) ?? words(element.usergroup_id)}</span>`;
    case 'broadcast':
      return html`<span class="mention me">@${words(element.range)}</span>`;
    case 'date':
      return slackDate(`!date^${numberOr(element.timestamp, Number.NaN)}^${words(element.format)}^${words(element.url)}`, words(element.fallback), context);
    case 'color':
      return html`<code>${words(element.value)}</code>`;
    default:
      return html`${words(element.text)}`;
  }
}

function pieces(elements: unknown, context: RenderContext): Html {
  return html`${records(elements).map((element) => styled(piece(element, context), element.style))}`;
}

function part(element: Loose, context: RenderContext): Html {
  switch (element.type) {
    case 'rich_text_list': {
      const items = records(element.elements).map((item) => html`<li>${pieces(item.elements, context)}</li>`);
      // Slack nests at most eight deep (docs.slack.dev, rich_text_list).
      const indent = `indent-${Math.min(8, Math.max(0, Math.trunc(numberOr(element.indent, 0))))}`;
      return element.style === 'ordered' ? html`<ol class="${indent}">${items}</ol>` : html`<ul class="${indent}">${items}</ul>`;
    }
    case 'rich_text_preformatted':
      return html`<pre>${pieces(element.elements, context)}</pre>`;
    case 'rich_text_quote':
      return html`<blockquote>${pieces(element.elements, context)}</blockquote>`;
    default:
      return html`<p>${pieces(element.elements, context)}</p>`;
  }
}

/** A rich_text block, or the rich text inside a table cell or a task. */
export function richText(block: Loose, context: RenderContext): Html {
  return html`<div class="rich">${list(block.elements).map((element) => part(record(element), context))}</div>`;
}
