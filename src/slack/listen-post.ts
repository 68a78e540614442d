/** A message of another app → plain text. Nobody promised its shape: whatever is not as expected is left out, and nothing here throws. */
import type { Post } from '../core/watched.ts';
import { list, record, string } from './loose.ts';
import { asTyped } from './typed.ts';

type Loose = Readonly<Record<string, unknown>>;

const LINES_MAX = 60;
const LINE_MAX_CHARS = 500;
const FIELDS_MAX = 30;
const URL_MAX_CHARS = 3_000;
/** Slack's own limits are 50 blocks and 20 attachments; what is nested deeper or longer is nobody's alert. */
const NODES_MAX = 2_000;
const DEEPEST = 12;

export function postOf(message: unknown): Post {
  const { text, blocks, attachments } = record(message);
  const attached = list(attachments);
  const [first = {}] = attached;
  const texts = [...textsIn(blocks), ...attached.flatMap(textsOfAttachment)];
  const header = list(blocks).find(({ type }) => type === 'header');
  const lines = [...new Set([string(text), ...texts].flatMap(linesOf))].slice(0, LINES_MAX);
  const headline = [string(first.title), ...textsIn(header), string(text), string(first.pretext), ...texts, string(first.fallback)].flatMap(linesOf)[0] ?? '';
  return {
    headline,
    lines: lines.length === 0 && headline !== '' ? [headline] : lines,
    fields: [...attached.flatMap(({ fields }) => list(fields).map(fieldOf)), ...sectionFields([blocks, ...attached.map((one) => one.blocks)])]
      .filter(([name, value]) => name !== '' && value !== '')
      .slice(0, FIELDS_MAX),
    link: [...attached.map(({ title_link: link }) => string(link)), ...[string(text), ...texts].flatMap(linksIn)].find(isLink),
    color: string(first.color).replace(/^#/, '').toLowerCase() || undefined,
  };
}

const textsOfAttachment = ({ pretext, title, text, fields, blocks, footer, fallback }: Loose): readonly string[] => {
  const shown = [pretext, title, text, ...list(fields).map((field) => `${string(field.title)}: ${string(field.value)}`)].map(string);
  const all = [...shown, ...textsIn(blocks), string(footer)].filter((one) => one.trim() !== '');
  return all.length > 0 ? all : [string(fallback)]; // Slack makes one of the rest, where there is any
};

/** Every `text` within blocks, in their order: header, section, context, rich text, whatever comes next. */
function textsIn(blocks: unknown): readonly string[] {
  const found: string[] = [];
  let nodes = 0;
  const visit = (value: unknown, depth: number): void => {
    nodes += 1;
    if (nodes > NODES_MAX || depth > DEEPEST || typeof value !== 'object' || value === null) return;
    const isLine = !Array.isArray(value) && string(record(value).type).startsWith('rich_text_');
    if (isLine) return void found.push(runs(value, depth));
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'text' && typeof inner === 'string') found.push(inner);
      else if (name !== 'accessory' && name !== 'confirm') visit(inner, depth + 1);
    }
  };
  visit(blocks, 0);
  return found;
}

/** One line of rich text is many pieces. */
function runs(value: unknown, depth: number): string {
  if (depth > DEEPEST) return '';
  const { elements, text, url, type } = record(value);
  if (type === 'link') return `<${string(url)}|${string(text)}>`;
  const parts = list(elements).slice(0, 200);
  const separator = type === 'rich_text_list' ? '\n' : '';
  return parts.length > 0 ? parts.map((part) => runs(part, depth + 1)).join(separator) : string(text);
}

const fieldOf = ({ title, value }: Loose): readonly [string, string] => [plain(string(title)), plain(string(value))];

/** `*Severity:*\ncritical`, as a section's fields are commonly written. */
function sectionFields(all: readonly unknown[]): readonly (readonly [string, string])[] {
  return all
    .flatMap(list)
    .flatMap(({ fields }) => list(fields).map(({ text }) => string(text)))
    .map((text) => {
      const [, name = '', value = ''] = /^\*([^*\n]{1,80}?):?\*:?\s*([\s\S]*)$/.exec(text.trim()) ?? [];
      return [plain(name), plain(value)] as const;
    });
}

const linesOf = (text: string): readonly string[] =>
  text
    .slice(0, LINES_MAX * LINE_MAX_CHARS)
    .split('\n')
    .map(plain)
    .filter((line) => line !== '');

const plain = (text: string): string =>
  asTyped(text.slice(0, 4 * LINE_MAX_CHARS).replace(/<https?:[^<>|]*\|([^<>]+)>/gi, '$1'))
    .replace(/(?<![\p{L}\p{N}:])[*_~`]{1,3}(?=\S)|(?<=\S)[*_~`]{1,3}(?![\p{L}\p{N}:])/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LINE_MAX_CHARS);

const linksIn = (text: string): readonly string[] =>
  [...text.matchAll(/<(https?:\/\/[^<>|\s]{1,3000})(?:\|[^<>]*)?>/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'));
const isLink = (link: string): boolean => link.length <= URL_MAX_CHARS && /^https?:\/\//i.test(link);
