import { type Html, html, link } from './html.ts';

// Longest signs first, so that ** is not read as two *.
const INLINE =
  /(`+)(.+?)\1|\*\*(?=\S)(.+?\S|\S)\*\*|~~(?=\S)(.+?)~~|(?<![\w*])[*_](?=[^\s*_])([^*_]+?)[*_](?!\w)|!?\[([^\]]*)\]\(([^)\s]+)\)|\bhttps?:\/\/[^\s<>)]+/g;

/** Markdown inside one line. Raw HTML stays text. */
function inline(text: string, depth = 0): Html {
  if (depth > 4) return html`${text}`;
  const out: Html[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    out.push(html`${text.slice(from, found.index)}`, styled(found, depth + 1));
    from = found.index + found[0].length;
  }
  return html`${[...out, html`${text.slice(from)}`]}`;
}

function styled(found: RegExpMatchArray, depth: number): Html {
  const [whole, , code, bold, strike, slanted, label, address] = found;
  if (code !== undefined) return html`<code>${code}</code>`;
  if (bold !== undefined) return html`<strong>${inline(bold, depth)}</strong>`;
  if (strike !== undefined) return html`<s>${inline(strike, depth)}</s>`;
  if (slanted !== undefined) return html`<em>${inline(slanted, depth)}</em>`;
  return address === undefined ? link(whole, whole) : link(address, inline(label ?? '', depth));
}

type Kind = 'blank' | 'heading' | 'rule' | 'bullet' | 'number' | 'quote' | 'table' | 'text';

function kindOf(line: string): Kind {
  if (line.trim() === '') return 'blank';
  if (/^#{1,6}\s/.test(line)) return 'heading';
  if (/^ {0,3}(-{3,}|\*{3,}|_{3,})\s*$/.test(line)) return 'rule';
  if (/^\s*[-*+]\s+/.test(line)) return 'bullet';
  if (/^\s*\d{1,9}[.)]\s+/.test(line)) return 'number';
  if (/^>/.test(line)) return 'quote';
  return /^\|.*\|\s*$/.test(line) ? 'table' : 'text';
}

function task(text: string): Html {
  const box = /^\[([ xX])\]\s+(.*)$/.exec(text);
  return box === null
    ? inline(text)
    : html`<span role="img" aria-label="${box[1] === ' ' ? 'to do' : 'done'}">${box[1] === ' ' ? '☐' : '☑'}</span> ${inline(box[2] ?? '')}`;
}

function items(lines: readonly string[]): Html {
  return html`${lines.map((line) => {
    const indent = Math.min(8, Math.floor((/^\s*/.exec(line)?.[0].length ?? 0) / 2));
    return html`<li class="indent-${indent}">${task(line.replace(/^\s*(?:[-*+]|\d{1,9}[.)])\s+/, ''))}</li>`;
  })}`;
}

function cells(line: string): readonly string[] {
  return line
    .trim()
    .slice(1, -1)
    .split('|')
    .map((text) => text.trim());
}

function tableOf(lines: readonly string[]): Html {
  const [head = '', ...rest] = lines;
  const body = rest.filter((line) => !/^\|[\s:|-]+\|\s*$/.test(line));
  return html`<div class="table"><table><thead><tr>${cells(head).map((text) => html`<th scope="col">${inline(text)}</th>`)}</tr></thead><tbody>${body.map(
    (line) => html`<tr>${cells(line).map((text) => html`<td>${inline(text)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function group(kind: Kind, lines: readonly string[]): Html {
  const quoted = lines.map((line) => line.replace(/^>\s?/, ''));
  switch (kind) {
    case 'blank':
      return html``;
    case 'heading':
      return html`${lines.map((line) => html`<p class="md-heading">${inline(line.replace(/^#+\s+/, ''))}</p>`)}`;
    case 'rule':
      return html`<hr>`;
    case 'bullet':
      return html`<ul>${items(lines)}</ul>`;
    case 'number':
      return html`<ol>${items(lines)}</ol>`;
    case 'quote':
      return html`<blockquote>${quoted.map((line, n) => html`${n === 0 ? '' : html`<br>`}${inline(line)}`)}</blockquote>`;
    case 'table':
      return tableOf(lines);
    case 'text':
      return html`<p>${lines.map((line, n) => html`${n === 0 ? '' : html`<br>`}${inline(line)}`)}</p>`;
  }
}

/** The `markdown` block: headings, lists, quotes, tables, code, links. What it does not know stays as typed. */
export function markdown(text: string): Html {
  const parts = text.split(/^```[^\n]*\n([\s\S]*?)^```\s*$/m);
  const drawn = parts.map((part, n) => {
    if (n % 2 === 1) return html`<pre>${part.replace(/\n$/, '')}</pre>`;
    const groups: { kind: Kind; lines: string[] }[] = [];
    for (const line of part.split('\n')) {
      const last = groups.at(-1);
      const kind = kindOf(line);
      if (last?.kind === kind) last.lines.push(line);
      else groups.push({ kind, lines: [line] });
    }
    return html`${groups.map((each) => group(each.kind, each.lines))}`;
  });
  return html`<div class="rich">${drawn}</div>`;
}
