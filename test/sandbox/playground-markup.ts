/** Reads markup as strictly as a suspicious reader can: anything that is not a known tag with quoted, known attributes is a finding. */
import type { RenderContext } from '../../src/sandbox/playground/context.ts';

const TAGS = new Set(
  (
    'a article aside blockquote br button caption code dd details dialog div dl dt em fieldset figcaption figure footer form h1 h2 h3 header hr ' +
    'img input label legend li main nav ol optgroup option p path pre rect s section select span strong summary svg table tbody td template ' +
    'textarea th thead time tr u ul'
  ).split(' '),
);
const ATTRIBUTES = new Set(
  (
    'class id type value name for role href src alt title target rel tabindex open selected disabled checked multiple accept rows min max step ' +
    'maxlength placeholder autocomplete autofocus datetime scope label loading download popover popovertarget viewBox preserveAspectRatio fill ' +
    'width height novalidate'
  ).split(' '),
);
const TAG = /^<(\/?)([a-z][a-z0-9]*)((?:\s+[A-Za-z-]+(?:="[^"<>]*")?)*)\s*\/?>/;
const ATTRIBUTE = /\s+([A-Za-z-]+)(?:="([^"<>]*)")?/g;

function attributeFinding(tag: string, name: string, value: string): string | undefined {
  if (!ATTRIBUTES.has(name) && !/^(aria|data)-[a-z-]+$/.test(name)) return `attribute ${name} on ${tag}`;
  if (name === 'href' && !/^(https?:\/\/|\/channel\/|\/files\/|#)/i.test(value)) return `link to ${value}`;
  if (name === 'src' && !/^\/files\//.test(value)) return `picture from ${value}`;
  return undefined;
}

/** The first thing in `markup` that should not be there, or undefined. */
export function finding(markup: string): string | undefined {
  let rest = markup;
  while (rest !== '') {
    const next = rest.search(/[<>]/);
    if (next < 0) return undefined;
    rest = rest.slice(next);
    const tag = TAG.exec(rest);
    if (tag === null) return `a bare ${rest.slice(0, 60)}`;
    const [whole, , name = '', attributes = ''] = tag;
    if (!TAGS.has(name)) return `tag ${name}`;
    for (const [, key = '', value = ''] of attributes.matchAll(ATTRIBUTE)) {
      const found = attributeFinding(name, key, value);
      if (found !== undefined) return found;
    }
    rest = rest.slice(whole.length);
  }
  return undefined;
}

/** Ada looks, at noon UTC on 20 November 2026. */
export const context: RenderContext = {
  visitor: 'U0ADA',
  now: Date.UTC(2026, 10, 20, 12),
  timeZone: 'UTC',
  people: [
    { id: 'U0ADA', name: 'ada', fullName: 'Ada Okafor', role: 'on call', app: false },
    { id: 'U0GRACE', name: 'grace', fullName: 'Grace Lindqvist', role: 'approver', app: false },
    { id: 'U0BOT', name: 'tagback', fullName: 'Tagback', role: '', app: true },
  ],
  channels: [{ id: 'C0INC', name: 'inc-42' }],
  groups: new Map([['S0ONCALL', 'on-call']]),
  fileUrl: (id) => (id === 'F0CHART' ? '/files/F0CHART' : undefined),
  pictureUrl: () => undefined,
  channelPath: (id) => (id === 'C0INC' ? '/channel/C0INC?as=U0ADA' : undefined),
  insidePath: () => undefined,
};
