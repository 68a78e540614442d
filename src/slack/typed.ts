/** What Slack does to typed text, undone; and how much of it comes back to who typed it. */
import type { Code } from '../lib/failure.ts';

export interface Refusal {
  readonly ok: false;
  readonly code: Code;
  readonly text: string;
}

const SHOWN_MAX_CHARS = 60;

/** The first word and the rest, trimmed. Only blanks part words: hidden characters stay where they can be seen and named. */
export function firstWord(text: string): readonly [string, string] {
  const match = /^[ \t\r\n]*([^ \t\r\n]*)[ \t\r\n]*([\s\S]*)$/.exec(text);
  return [match?.[1] ?? '', (match?.[2] ?? '').trimEnd()];
}
export const words = (text: string): string[] => text.split(/[ \t\r\n]+/).filter((word) => word !== '');

/** `<@U123|bob>` → U123, `<!subteam^S123|@ops>` → S123. */
export function mentioned(word: string): string | undefined {
  return /^<(?:@([UW][A-Z0-9]{2,30})|!subteam\^(S[A-Z0-9]{2,30}))(?:\|[^<>]*)?>$/
    .exec(word)
    ?.slice(1)
    .find((id) => id !== undefined);
}

/** Slack's encoding undone: links, mentions and channels become the words people saw, entities their characters. */
export const asTyped = (text: string): string => decoded(text).trim();

/** The same, untrimmed: `trim` also drops a byte order mark, which a tag check shall see. */
export function decoded(text: string): string {
  return text
    .replace(/<([^<>|]*)(?:\|([^<>]*))?>/g, (_, target: string, label: string | undefined) => plainWord(target, label))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function plainWord(target: string, label: string | undefined): string {
  if (target.startsWith('@')) return `@${label || target.slice(1)}`;
  if (target.startsWith('#')) return `#${label || target.slice(1)}`;
  if (target.startsWith('!')) return `@${(label || target.slice(1).replace(/\^.*/, '')).replace(/^@/, '')}`;
  return target.replace(/^mailto:/, '');
}

/** At most 60 characters of what was typed come back (never the whole). */
export function shown(text: string): string {
  const clean = asTyped(text);
  return clean.length <= SHOWN_MAX_CHARS ? clean : `${clean.slice(0, SHOWN_MAX_CHARS)}…`;
}
