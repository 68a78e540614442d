/**
 * The only way from outside text into Slack's mrkdwn. `Escaped` is a branded string: the builders of view*.ts take nothing else, so a raw
 * alert label, tag or name does not compile into a message.
 */
import type { Instant } from '../core/model.ts';

declare const brand: unique symbol;
/** Text that cannot mention, link or reorder anything unless one of the functions below put it there. */
export type Escaped = string & { readonly [brand]: true };

// The one place where the brand is given; everything that comes here was escaped or built from checked parts.
const trusted = (text: string): Escaped => text as Escaped;

// Cc but tab and newline, soft hyphen, Arabic letter mark, Mongolian vowel separator, zero-width, bidi controls and isolates, word joiner …,
// line and paragraph separator, byte order mark, interlinear annotation, tag characters (they hide text), lone surrogates.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** Shown where text was cut. */
const CUT = '…';

/**
 * Without hidden characters and at most `maxChars` long: for plain_text objects. They parse nothing, but what is copied out of them, or shown
 * by another client, shall not become a mention or a link either.
 */
export function plain(text: string, maxChars: number): string {
  const clean = text.replace(HIDDEN, '').replace(/<(?=[!@#]|https?:|mailto:)/gi, '‹');
  return clean.length <= maxChars ? clean : `${wholeChars(clean, maxChars - CUT.length)}${CUT}`;
}

/** `plain` on one line: for headers, labels, titles. */
export function plainLine(text: string, maxChars: number): string {
  return plain(text.replace(/\s+/g, ' ').trim(), maxChars);
}

/** Outside text for mrkdwn; the result is at most `maxChars` long and never ends inside an entity. */
export function escapeText(text: string, maxChars = 2900): Escaped {
  const clean = text.replace(HIDDEN, '');
  const whole = clean.replace(/[&<>]/g, (char) => ENTITIES[char] ?? '');
  if (whole.length <= maxChars) return trusted(whole);
  let out = '';
  for (const char of clean) {
    const next = ENTITIES[char] ?? char;
    if (out.length + next.length > maxChars - CUT.length) break;
    out += next;
  }
  return trusted(out + CUT);
}

/** `escapeText` on one line. */
export function escapeLine(text: string, maxChars = 300): Escaped {
  return escapeText(text.replace(/\s+/g, ' ').trim(), maxChars);
}

/** A tagged template: the literal parts are ours, the values must be escaped already. */
export function md(parts: TemplateStringsArray, ...values: readonly (Escaped | number)[]): Escaped {
  return trusted(parts.map((part, at) => part + (at < values.length ? String(values[at]) : '')).join(''));
}

export function joined(parts: readonly Escaped[], separator: ', ' | ' · ' | '\n' | '\n\n' | ' '): Escaped {
  return trusted(parts.join(separator));
}

export const bold = (text: Escaped): Escaped => trusted(text === '' ? '' : `*${text.replaceAll('*', '∗')}*`);

/** At most `maxChars`; never ends inside a link, a mention or an entity. */
export function clip(text: Escaped, maxChars: number): Escaped {
  if (text.length <= maxChars) return text;
  const cut = wholeChars(text, maxChars - CUT.length);
  const open = cut.lastIndexOf('<') > cut.lastIndexOf('>') ? cut.slice(0, cut.lastIndexOf('<')) : cut;
  return trusted(open.replace(/&[a-z]{0,3}$/, '') + CUT);
}

export const capital = (text: Escaped): Escaped => trusted(text.charAt(0).toUpperCase() + text.slice(1));

/** Monospaced outside text; a backtick inside cannot end it. */
export const code = (text: string, maxChars = 200): Escaped => trusted(`\`${escapeLine(text.replaceAll('`', 'ˋ'), maxChars) || ' '}\``);

export const codeBlock = (text: string, maxChars = 2000): Escaped => trusted(`\`\`\`${escapeText(text.replaceAll('`', 'ˋ'), maxChars)}\`\`\``);

/** Every line quoted, so that outside text cannot pass for ours. */
export const quote = (text: string, maxChars = 600): Escaped =>
  trusted(`>${escapeText(text.trim().replace(/\n{2,}/g, '\n'), maxChars).replaceAll('\n', '\n>')}`);

/** The API, a form on the web and terminals act under other names, and nobody can be reached by them. */
export const isUserId = (id: string): boolean => /^[UW][A-Z0-9]{1,30}$/.test(id);

/** Calls a person or a user group by name; anything that is no id of one becomes plain text. */
export function mention(slackId: string): Escaped {
  if (isUserId(slackId)) return trusted(`<@${slackId}>`);
  if (/^S[A-Z0-9]{2,30}$/.test(slackId)) return trusted(`<!subteam^${slackId}>`);
  return escapeLine(slackId, 40);
}

export function channelLink(channelId: string): Escaped {
  return /^[CGD][A-Z0-9]{2,30}$/.test(channelId) ? trusted(`<#${channelId}>`) : escapeLine(channelId, 40);
}

/** A link with words; a URL that is not http(s), or holds a password, becomes the words alone. */
export function link(url: string, label: string): Escaped {
  const words = escapeLine(label.replaceAll('|', '∣'), 150);
  const href = URL.canParse(url) ? new URL(url) : undefined;
  if (!href || !/^https?:$/.test(href.protocol) || href.username !== '' || href.password !== '' || href.href.length > 2000) return words;
  return trusted(`<${href.href.replaceAll('|', '%7C').replace(/[<>]/g, encodeURIComponent).replaceAll('&', '&amp;')}|${words}>`);
}

/** A moment in the reader's own time zone; old clients see UTC. */
export function when(at: Instant, form: 'clock' | 'seconds' | 'ago' | 'full'): Escaped {
  const token = { clock: '{time}', seconds: '{time_secs} ({ago})', ago: '{time} ({ago})', full: '{date_short_pretty} {time}' }[form];
  const seconds = form === 'seconds' ? `:${String(Math.floor(at / 1000) % 60).padStart(2, '0')} UTC` : ' UTC';
  return trusted(`<!date^${Math.floor(at / 1000)}^${token}|${utc(at).replace(' UTC', seconds)}>`);
}

/** `2026-11-20 14:32 UTC`, by arithmetic: this file, like the views, knows no clock and no time zone. */
export function utc(at: Instant): string {
  const minutes = Math.floor(at / 60_000);
  const days = Math.floor(minutes / 1440);
  const two = (value: number): string => String(value).padStart(2, '0');
  const { year, month, day } = civil(days);
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor((minutes % 1440) / 60))}:${two(minutes % 60)} UTC`;
}

/** Days since 1970-01-01 → calendar date (Howard Hinnant, chrono-compatible low-level date algorithms). */
function civil(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

/** `inc-42-checkout-5xx`: lowercase letters, digits, hyphens, at most 80 (Slack's limit); never empty, never from labels alone. */
export function channelName(incidentId: string, title: string, prefix: string): string {
  const slug = (text: string): string =>
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
  const number = /\d+/.exec(incidentId)?.[0] ?? slug(incidentId);
  const name = [slug(prefix) || 'inc', number, slug(title)].filter((part) => part !== '').join('-');
  return name.slice(0, 80).replace(/-+$/, '');
}

function wholeChars(text: string, maxChars: number): string {
  const cut = text.slice(0, Math.max(0, maxChars));
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
