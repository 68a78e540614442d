/** What another app posted in a watched channel of Slack → signals. Pure: which entry of services.yml holds is looked up when it is read. */
import type { Catalog } from '../core/service.ts';
import { entryFor, type Post, type WatchedChannel, type WatchedPost } from '../core/watched.ts';
import type { RawSignal, ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

type State = RawSignal['state'];

/** Words at the begin of which a headline says how it stands; asked of the headline alone, where they are a statement and not a story. */
const RESOLVED = /\b(?:resolved|recovered|recovery|cleared|closed|back to normal|is (?:up|ok|healthy)|ok)\b/i;
const FIRING = /\b(?:firing|(?:re-?)?triggered|alerting|critical|problem|not ok|is down)\b/i;
/** Slack's `good`, and the greens that Alertmanager, Datadog and Grafana use for it. */
const GREEN: ReadonlySet<string> = new Set(['good', '2eb886', '2eb67d', '36a64f', '2ecc71', '00ff00']);

/** A body that slack/listen-watch.ts stored. */
export function readWatchedPost(body: string, { now, catalog }: Pick<ReadContext, 'now' | 'catalog'>): readonly RawSignal[] {
  const told = JSON.parse(body) as WatchedPost; // written by slack/listen-watch.ts from a value of this type
  const entry = entryFor(catalog.watched ?? [], told.channel, told.senders);
  const state = entry && stateOf(told, entry);
  if (!entry || state === undefined) return [];
  const { post, before = post } = told;
  const labels = cleanLabels([['slack_channel', told.channel], ['slack_app', entry.app], ['slack_app_name', told.sender], ...namesAndValues(post)]);
  const service = serviceOf(post, entry, catalog);
  return [
    {
      // What an edit says was said by the post before, so it is called what that was called.
      fingerprint: cleanIdentity([told.channel, ...identity(told.root, before, { entry, catalog })].join(':')),
      state,
      at: Math.min(told.at, now),
      severity: readSeverity(labels.severity ?? labels.priority ?? /\b(?:sev[0-4]|p[0-5]|critical|warning)\b/i.exec(post.headline)?.[0]),
      summary: cleanSummary(post.headline, ...post.lines),
      labels,
      links: cleanLinks({ Alert: post.link }),
      ...(service !== undefined && { service }),
    },
  ];
}

const namesAndValues = ({ fields }: Post): readonly (readonly [string, string])[] =>
  fields.map(([name, value]) => [name.toLowerCase().replace(/\s+/g, '_'), value]);

/** Undefined: it says nothing about whether something is wrong. */
function stateOf({ kind, post, before }: WatchedPost, entry: WatchedChannel): State | undefined {
  const state = said(post, entry);
  // An app that unfurls a link or counts replies edits its post, too; only a change of state is news.
  if (kind === 'edit' && before && said(before, entry) === state) return undefined;
  // "Acknowledged by Ada" under an alert is no new one.
  if (kind === 'reply' && state === 'firing' && entry.firing === undefined) return undefined;
  return state;
}

function said(post: Post, { firing, resolved }: WatchedChannel): State | undefined {
  if (post.headline === '') return undefined;
  // Of a post that tells of both, an incident that stays open is the smaller mistake.
  if (firing !== undefined && matches(post, firing)) return 'firing';
  if (resolved === undefined ? isResolved(post) : matches(post, resolved)) return 'resolved';
  return firing === undefined ? 'firing' : undefined;
}

const isResolved = ({ headline, color = '' }: Post): boolean => !FIRING.test(headline) && (RESOLVED.test(headline) || GREEN.has(color));

/** Lines are short, and services.yml takes no pattern that needs exponential time. */
function matches({ headline, lines }: Post, pattern: string): boolean {
  const wanted = new RegExp(pattern, 'i');
  return wanted.test(headline) || lines.some((line) => wanted.test(line));
}

function identity(root: string, post: Post, { entry, catalog }: { entry: WatchedChannel; catalog: Catalog }): readonly string[] {
  if (entry.identity === 'message') return [root];
  const service = serviceOf(post, entry, catalog) ?? '';
  if (entry.identity === 'link' && post.link !== undefined) return [service, post.link.replace(/[?#].*$/, '')];
  return [service, bare(post.headline, entry)];
}

/** The entry's, else the post's own word for it, else the one that it mentions. */
function serviceOf(post: Post, entry: WatchedChannel, catalog: Catalog): string | undefined {
  return entry.service ?? namesAndValues(post).find(([name]) => name === 'service')?.[1] ?? mentioned(post, catalog);
}

/** The headline without what changes while the alert is the same: state, counters, emoji, percentages. */
function bare(headline: string, { firing, resolved }: WatchedChannel): string {
  const words = [firing, resolved].flatMap((pattern) => (pattern === undefined ? [] : [new RegExp(pattern, 'gi')]));
  const left = [/:[\w+-]{1,60}:|\p{Extended_Pictographic}/gu, STATE_WORDS, /\d+(?:\.\d+)?\s?%/g, ...words]
    .reduce((text, pattern) => text.replace(pattern, ' '), headline)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();
  return left === '' ? headline.toLowerCase() : left;
}
const STATE_WORDS = /\b(?:resolved|recovered|recovery|cleared|closed|back to normal|ok|firing|(?:re-?)?triggered|alerting|renotify)\b(?::\d+)?/gi;

/** The one service whose name stands in the post as a word; of two, neither. */
function mentioned({ headline, lines }: Post, { services }: Catalog): string | undefined {
  const words = new Set(
    [headline, ...lines].flatMap((line) => line.toLowerCase().split(/[^\p{L}\p{N}_.-]+/u)).map((word) => word.replace(/^[.-]+|[.-]+$/g, '')),
  );
  const named = services.filter(({ name }) => words.has(name.toLowerCase()));
  return named.length === 1 ? named[0]?.name : undefined;
}
