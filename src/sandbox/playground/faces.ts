import type { Message } from '../slack/world.ts';
import type { Face, RenderContext } from './context.ts';
import { type Html, html, trusted } from './html.ts';
import { record, words } from './loose.ts';

// A tag that points back; the same drawing is the page's icon.
const LOGO =
  '<svg viewBox="0 0 36 36" aria-hidden="true"><rect width="36" height="36" rx="9" fill="#e5385d"/>' +
  '<path d="M5.3 16.3 11.4 9.7a3.5 3.5 0 0 1 2.6-1.1H27a3.5 3.5 0 0 1 3.5 3.5v11.8a3.5 3.5 0 0 1-3.5 3.5H14' +
  'a3.5 3.5 0 0 1-2.6-1.1l-6.1-6.6a2.5 2.5 0 0 1 0-3.4z" fill="#fff"/>' +
  '<path d="m19.4 12.9-5.1 5.1 5.1 5.1m6-10.2-5.1 5.1 5.1 5.1"' +
  ' fill="none" stroke="#e5385d" stroke-width="2.8" stroke-linecap="round" stroke-linejoin="round"/></svg>';

export const logo = trusted(LOGO);
export const favicon = `data:image/svg+xml,${encodeURIComponent(LOGO.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"'))}`;

// Ten tints in the style sheet: tint-0 … tint-9.
const TINTS = 10;

/** The same name always has the same colour. */
function tint(text: string): number {
  return [...text].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 9973, 7) % TINTS;
}

function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter((part) => part !== '');
  const first = [...(parts[0] ?? '?')][0] ?? '?';
  const last = parts.length > 1 ? ([...(parts.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}

export function avatar(face: Face, size: 'large' | 'small' = 'large'): Html {
  if (face.app && face.role === 'own') return html`<span class="avatar ${size}">${logo}</span>`;
  return html`<span class="avatar ${size} tint-${tint(face.id)}${face.app ? ' app' : ''}" aria-hidden="true">${initials(face.fullName)}</span>`;
}

/** Who wrote a message: a person, the app, or another app that brings only its profile. */
export function authorOf(message: Message, context: RenderContext, ownBot: string): Face {
  const known = context.people.find((face) => face.id === message.user);
  if (known !== undefined) return known.id === ownBot ? { ...known, role: 'own' } : known;
  if (message.user === 'USLACKBOT') return { id: 'USLACKBOT', name: 'slackbot', fullName: 'Slackbot', role: '', app: true };
  const profile = record(message.bot_profile);
  const name = words(profile.name) || words(record(message).username) || message.bot_id || message.user || 'app';
  return { id: message.bot_id ?? name, name, fullName: name, role: '', app: true };
}
