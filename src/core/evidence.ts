/**
 * Evidence: what people bring in, what the addresses they name answered before and after the fix, and whether those who reported it say
 * that it is fixed. An address somebody names is opened only where services.yml names its host.
 */
import type { Incident, IncidentId, Instant } from './model.ts';
import type { CollectParams } from './playbook.ts';
import type { Service } from './service.ts';

interface Brought {
  readonly by: string;
  readonly at: Instant;
}

export type Evidence = Brought &
  (
    | { readonly kind: 'url'; readonly url: string }
    /** The picture itself stays in Slack, under its file id. */
    | { readonly kind: 'screenshot'; readonly fileId: string; readonly name: string; readonly permalink: string | undefined }
    | { readonly kind: 'note'; readonly text: string }
    /** What a failing answer calls itself, so that it can be found in logs and traces. */
    | { readonly kind: 'request'; readonly id: string }
    /** Somebody it fails for, as the reporter calls them. */
    | { readonly kind: 'user'; readonly name: string }
    /** What ran when it began, as far as it could be found out. */
    | { readonly kind: 'snapshot'; readonly facts: readonly SnapshotFact[] }
  );

export interface SnapshotFact {
  readonly name: string;
  readonly value: string;
}

/** Of one service, in services.yml. */
export interface EvidenceRules {
  /** With port, unless it is the usual one of the scheme; as a URL's `host` says it. */
  readonly hosts: readonly string[];
  /** Their output belongs to the snapshot. */
  readonly commands: readonly { readonly title: string; readonly argv: readonly string[]; readonly env: readonly string[] }[];
}

/** One GET of one address. */
export type UrlLook =
  | { readonly kind: 'answered'; readonly status: number; readonly ms: number; readonly at: Instant }
  | { readonly kind: 'silent'; readonly because: string; readonly at: Instant }
  /** services.yml does not name its host. */
  | { readonly kind: 'not-opened' };

/** When they were named, and again when a verdict was reached. */
export type Round = 'before' | 'after';

export interface BoardRow {
  readonly url: string;
  readonly before: UrlLook;
  readonly after: UrlLook | undefined;
}

export interface Reporter {
  readonly slackId: string;
  readonly name: string;
  readonly at: Instant;
  /** The last answer to “Fixed for you?”; undefined: none yet. */
  readonly said: { readonly fixed: boolean; readonly at: Instant } | undefined;
  /** The incident they reported, when it was another one that is part of this one now. */
  readonly from?: IncidentId;
}

export interface Looked {
  readonly round: Round;
  readonly looks: readonly { readonly url: string; readonly look: UrlLook }[];
}

export type EvidenceEventBody =
  | ({ readonly kind: 'urlsProbed' } & Looked)
  /** Somebody reported what is known here already. */
  | { readonly kind: 'reported'; readonly text: string }
  | { readonly kind: 'fixAnswered'; readonly fixed: boolean }
  /** Those of an incident that is part of this one now. */
  | { readonly kind: 'reportersCame'; readonly from: IncidentId; readonly reporters: readonly Reporter[] };

export type EvidenceEffectBody =
  /** Open the addresses of the board, or look around the service. */
  | { readonly kind: 'inspect'; readonly what: Round | 'surroundings' }
  /** Ask one reporter, by Slack id, whether it is fixed for them. */
  | { readonly kind: 'ask'; readonly who: string };

export type EvidenceCommand = { readonly kind: 'report'; readonly text: string } | { readonly kind: 'sayFixed'; readonly fixed: boolean };

export type EvidenceInput = ({ readonly kind: 'urlsProbed' } & Looked) | { readonly kind: 'snapshotTaken'; readonly facts: readonly SnapshotFact[] };

/** A person reads no more, and all of them are opened within half a minute. */
export const BOARD_MAX = 30;
/** Said by the event, and by nobody else: the message itself stands in the channel. */
export const NAMED_IN_CHANNEL = 'named in the channel';

/** The same for the same thing, whoever brings it. */
export function identityOf(item: Evidence): string {
  switch (item.kind) {
    case 'url':
      return `url:${item.url}`;
    case 'screenshot':
      return `screenshot:${item.fileId}`;
    case 'note':
      return `note:${item.text}`;
    case 'request':
      return `request:${item.id}`;
    case 'user':
      return `user:${item.name.toLowerCase()}`;
    case 'snapshot':
      return 'snapshot';
  }
}

/** Without what is there already, and each once. */
export function freshOf(items: readonly Evidence[], known: readonly Evidence[]): readonly Evidence[] {
  const seen = new Set(known.map(identityOf));
  return items.filter((item) => {
    const identity = identityOf(item);
    const isNew = !seen.has(identity);
    seen.add(identity);
    return isNew;
  });
}

const KINDS = {
  url: 'URL',
  screenshot: 'screenshot',
  request: 'request id',
  user: 'affected user',
  note: 'note',
  snapshot: 'snapshot of the service',
} as const;
const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : word.endsWith('s') ? 'es' : 's'}`;
const countOf = (items: readonly Evidence[], kind: Evidence['kind']): number => items.filter((item) => item.kind === kind).length;

/** `4 URLs and 1 screenshot`. */
export function listEvidence(items: readonly Evidence[]): string {
  const kinds = ['url', 'screenshot', 'request', 'user', 'note'] as const;
  const texts = kinds.map((kind) => [KINDS[kind], countOf(items, kind)] as const).flatMap(([word, n]) => (n > 0 ? [plural(n, word)] : []));
  if (countOf(items, 'snapshot') > 0) texts.push(`a ${KINDS.snapshot}`);
  return texts.length === 0 ? 'nothing' : andList(texts);
}

const andList = (texts: readonly string[]): string => (texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`);

/** What people bring for a collect step; a note says something else, and the snapshot is ours. */
export const collectable = ({ kind }: Evidence): boolean => kind !== 'note' && kind !== 'snapshot';

/** What is there of what a collect step may ask for. */
export function collectedOf(items: readonly Evidence[]): Readonly<Record<keyof CollectParams, number>> {
  return { urls: countOf(items, 'url'), screenshots: countOf(items, 'screenshot'), request_ids: countOf(items, 'request'), users: countOf(items, 'user') };
}

/** What a collect step still lacks, as a person would say it; undefined: nothing. */
export function lackOf(items: readonly Evidence[], needs: CollectParams): string | undefined {
  const there = collectedOf(items);
  const lack = [
    [KINDS.url, needs.urls - there.urls],
    [KINDS.screenshot, needs.screenshots - there.screenshots],
    [KINDS.request, (needs.request_ids ?? 0) - there.request_ids],
    [KINDS.user, (needs.users ?? 0) - there.users],
  ] as const;
  const texts = lack.flatMap(([word, n]) => (n > 0 ? [plural(n, word)] : []));
  return texts.length === 0 ? undefined : andList(texts);
}

type Allowing = Pick<Service, 'health' | 'evidence'> | undefined;

/** Host and port stand in services.yml, word for word: under `health.urls`, or as a host to be opened for evidence. */
export function mayOpen(url: string, service: Allowing): boolean {
  const host = hostOf(url);
  if (host === undefined || !service) return false;
  return service.health.urls.some((check) => hostOf(check.url) === host) || (service.evidence?.hosts.includes(host) ?? false);
}

function hostOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? host : undefined;
}

/** Addresses that are not on the board yet, as many as it holds. */
export function unopened({ evidence, board }: Pick<Incident, 'evidence' | 'board'>): readonly string[] {
  const known = new Set(board.map(({ url }) => url));
  const urls = evidence.flatMap((item) => (item.kind === 'url' && !known.has(item.url) ? [item.url] : []));
  return urls.slice(0, Math.max(0, BOARD_MAX - board.length));
}

/** Without an address we may open there is no board: a list of what nobody looked at helps nobody. */
export function isLookDue(incident: Pick<Incident, 'evidence' | 'board'>, service: Allowing): boolean {
  const urls = unopened(incident);
  return urls.length > 0 && (incident.board.length > 0 || urls.some((url) => mayOpen(url, service)));
}

/** Those that were opened before. */
export const openedBefore = (board: Incident['board']): readonly string[] => board.flatMap(({ url, before }) => (before.kind === 'not-opened' ? [] : [url]));

export function withLooks(board: Incident['board'], { round, looks }: Looked): Incident['board'] {
  const found = new Map(looks.map(({ url, look }) => [url, look]));
  if (round === 'after') return board.map((row) => ({ ...row, after: found.get(row.url) ?? row.after }));
  const known = new Set(board.map(({ url }) => url));
  return [...board, ...looks.filter(({ url }) => !known.has(url)).map(({ url, look }): BoardRow => ({ url, before: look, after: undefined }))];
}

export const isWell = (look: UrlLook): boolean => look.kind === 'answered' && look.status < 400;

/** `4 of 4 addresses failed; after the fix all 4 answer`. */
export function sayBoard(board: Incident['board']): string {
  const opened = board.filter(({ before }) => before.kind !== 'not-opened');
  const failed = opened.filter(({ before }) => !isWell(before)).length;
  const first = `${failed} of ${plural(opened.length, 'address')} failed when named`;
  const again = opened.flatMap(({ after }) => (after && after.kind !== 'not-opened' ? [after] : []));
  if (again.length === 0) return first;
  const bad = again.filter((look) => !isWell(look)).length;
  if (bad === 0) return `${first}; after the fix ${again.length === 1 ? 'it answers' : `all ${again.length} answer`}`;
  return `${first}; after the fix ${bad} of ${again.length} still ${bad === 1 ? 'fails' : 'fail'}`;
}

/** Only people of Slack can be asked; the API and terminals are nobody. */
export function withReporter(reporters: Incident['reporters'], by: { slackId: string; name: string }, at: Instant): Incident['reporters'] {
  if (!/^[UW][A-Z0-9]{2,}$/.test(by.slackId)) return reporters;
  // Whoever reports it again has not seen it fixed.
  return [...reporters.filter(({ slackId }) => slackId !== by.slackId), { slackId: by.slackId, name: by.name, at, said: undefined }];
}

export function withAnswer(
  reporters: Incident['reporters'],
  by: { slackId: string; name: string },
  said: { fixed: boolean; at: Instant },
): Incident['reporters'] {
  const known = reporters.some(({ slackId }) => slackId === by.slackId) ? reporters : withReporter(reporters, by, said.at);
  return known.map((one) => (one.slackId === by.slackId ? { ...one, said } : one));
}

/** Who reported both is one of them, and has both fixed only when they said so of both; a “no” about either stands. */
export function withReportersOf(
  reporters: Incident['reporters'],
  { from, reporters: came }: { from: IncidentId; reporters: readonly Reporter[] },
): Incident['reporters'] {
  const inBoth = (one: Reporter): Reporter => {
    const other = came.find(({ slackId }) => slackId === one.slackId);
    if (!other) return one;
    const said = [one.said, other.said].find((word) => word?.fixed === false) ?? (other.said && one.said);
    return { ...one, said };
  };
  const fresh = came.filter(({ slackId }) => reporters.every((one) => one.slackId !== slackId));
  return [...reporters.map(inBoth), ...fresh.map((one) => ({ ...one, from: one.from ?? from }))];
}

/** Names of those who say that it is not fixed for them. */
export const notFixedFor = ({ reporters }: Pick<Incident, 'reporters'>): readonly string[] =>
  reporters.flatMap(({ name, said }) => (said?.fixed === false ? [name] : []));
