import { channelName, personName, type RenderContext } from './context.ts';
import { slackDate } from './dates.ts';
import { emoji, withEmoji } from './emoji.ts';
import { type Html, html, safeUrl } from './html.ts';
import { channelMention, linkFrom } from './links.ts';

const MARKS: Readonly<Record<string, (inner: Html) => Html>> = {
  '*': (inner) => html`<strong>${inner}</strong>`,
  _: (inner) => html`<em>${inner}</em>`,
  '~': (inner) => html`<s>${inner}</s>`,
};
const EMOJI_AT = /:([a-z0-9_+-]+(?:::skin-tone-\d)?):/y;
const URL_AT = /https?:\/\/[^\s<>|`"*]+/iy;
const TRAILING = /[.,;:!?)'\]]+$/;
const WORD = /[\p{L}\p{N}]/u;

// In Slack's texts only these three signs are written as entities.
export function unescapeSlack(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function plain(text: string): Html {
  return html`${unescapeSlack(text)}`;
}

/** What stands between `<` and `>`: a link, a mention, a date. */
function control(inner: string, context: RenderContext): Html {
  const bar = inner.indexOf('|');
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? '' : withEmoji(unescapeSlack(inner.slice(bar + 1)));
  if (target.startsWith('@')) {
    const id = target.slice(1);
    return html`<span class="mention${id === context.visitor ? ' me' : ''}">@${personName(context, id)}</span>`;
  }
  if (target.startsWith('#')) return channelMention(context, target.slice(1), label || channelName(context, target.slice(1)));
  if (target.startsWith('!date^')) return slackDate(unescapeSlack(target), label, context);
  if (target.startsWith('!subteam^')) {
    const group = target.slice('!subteam^'.length);
    const handle = label || context.groups.get(group) || group;
    return html`<span class="mention">@${handle.replace(/^@/, '')}</span>`;
  }
  if (/^!(here|channel|everyone)$/.test(target)) return html`<span class="mention me">@${target.slice(1)}</span>`;
  const address = unescapeSlack(target);
  const mailTo = address.startsWith('mailto:') ? address.slice('mailto:'.length) : address;
  if (safeUrl(address) !== undefined) return linkFrom(context, address, label || address);
  // Any other address is its label; what is no address at all was never meant as a sequence and stays as typed.
  return /^[a-z][a-z0-9+.-]*:/i.test(address) ? html`${label || mailTo}` : html`${`<${unescapeSlack(inner)}>`}`;
}

/** One pass over one line; `marks` are the signs that may still open, so nesting is at most three deep. */
function inline(line: string, context: RenderContext, marks = '*_~'): Html {
  const out: Html[] = [];
  let open = marks;
  let from = 0;
  let at = 0;
  const put = (piece: Html, next: number) => {
    out.push(plain(line.slice(from, at)), piece);
    at = next;
    from = next;
  };
  while (at < line.length) {
    const sign = line.charAt(at);
    const mark = open.includes(sign) ? MARKS[sign] : undefined;
    if (mark !== undefined && mayOpen(line, at)) {
      const end = closing(line, at);
      // No end from here means no end from any later place in this line: never look again.
      if (end < 0) open = open.replace(sign, '');
      else {
        put(mark(inline(line.slice(at + 1, end), context, marks.replace(sign, ''))), end + 1);
        continue;
      }
    }
    const atom = atomAt(line, at, context);
    if (atom === undefined) at += 1;
    else put(atom.piece, atom.next);
  }
  return html`${[...out, plain(line.slice(from))]}`;
}

function mayOpen(line: string, at: number): boolean {
  return !WORD.test(line.charAt(at - 1)) && /^[^\s*_~]|^[*_~][^\s]/.test(line.slice(at + 1, at + 3)) && line.charAt(at + 1) !== line.charAt(at);
}

// A mark closes after a non-space and before a non-word sign; code and <…> in between are stepped over whole.
function closing(line: string, opened: number): number {
  const sign = line.charAt(opened);
  for (let at = opened + 1; at < line.length; at += 1) {
    const here = line.charAt(at);
    if (here === '`' || here === '<') {
      const end = line.indexOf(here === '`' ? '`' : '>', at + 1);
      if (end > 0) at = end;
    } else if (here === sign && at > opened + 1 && !/\s/.test(line.charAt(at - 1)) && !WORD.test(line.charAt(at + 1))) return at;
  }
  return -1;
}

/** Code, control sequence, emoji or bare address beginning exactly here. */
function atomAt(line: string, at: number, context: RenderContext): { piece: Html; next: number } | undefined {
  const sign = line.charAt(at);
  if (sign === '`') {
    const end = line.indexOf('`', at + 1);
    return end > at + 1 ? { piece: html`<code>${plain(line.slice(at + 1, end))}</code>`, next: end + 1 } : undefined;
  }
  if (sign === '<') {
    const end = line.indexOf('>', at + 1);
    return end > at + 1 ? { piece: control(line.slice(at + 1, end), context), next: end + 1 } : undefined;
  }
  if (sign === ':') {
    EMOJI_AT.lastIndex = at;
    const found = EMOJI_AT.exec(line);
    const picture = emoji(found?.[1] ?? '');
    return found === null || picture === undefined ? undefined : { piece: html`${picture}`, next: at + found[0].length };
  }
  if ((sign === 'h' || sign === 'H') && !WORD.test(line.charAt(at - 1))) {
    URL_AT.lastIndex = at;
    const address = URL_AT.exec(line)?.[0].replace(TRAILING, '');
    return address === undefined ? undefined : { piece: linkFrom(context, unescapeSlack(address), unescapeSlack(address)), next: at + address.length };
  }
  return undefined;
}

const QUOTE = /^(?:&gt;|>)\s?/;
const BULLET = /^\s*[•◦‣-]\s+/;

type Kind = 'quote' | 'bullet' | 'text';

function kindOf(line: string): Kind {
  return QUOTE.test(line) ? 'quote' : BULLET.test(line) ? 'bullet' : 'text';
}

function grouped(kind: Kind, lines: readonly string[], context: RenderContext): Html {
  if (kind === 'quote') return html`<blockquote>${breaks(lines.map((line) => inline(line.replace(QUOTE, ''), context)))}</blockquote>`;
  if (kind === 'bullet') return html`<ul>${lines.map((line) => html`<li>${inline(line.replace(BULLET, ''), context)}</li>`)}</ul>`;
  return breaks(lines.map((line) => inline(line, context)));
}

function breaks(lines: readonly Html[]): Html {
  return html`${lines.map((line, n) => (n === 0 ? line : html`<br>${line}`))}`;
}

function paragraphs(text: string, context: RenderContext): Html {
  const groups: { kind: Kind; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const kind = kindOf(line);
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return html`${groups.map((group) => grouped(group.kind, group.lines, context))}`;
}

/** Slack's mrkdwn as markup. Everything is escaped; only http and https become links. */
export function mrkdwn(text: string, context: RenderContext): Html {
  const parts = text.split(/```\n?([\s\S]+?)```\n?/);
  // Splitting by a pattern with one group gives text, code, text, code, …
  return html`${parts.map((part, n) => (n % 2 === 1 ? html`<pre>${plain(part.replace(/\n$/, ''))}</pre>` : part === '' ? '' : paragraphs(part, context)))}`;
}

/** A text object, `plain_text` or `mrkdwn`; a bare string is plain text. */
export function textObject(value: unknown, context: RenderContext): Html {
  if (typeof value === 'string') return html`${withEmoji(value)}`;
  if (typeof value !== 'object' || value === null || !('text' in value) || typeof value.text !== 'string') return html``;
  return 'type' in value && value.type === 'mrkdwn' ? mrkdwn(value.text, context) : html`${withEmoji(value.text)}`;
}
