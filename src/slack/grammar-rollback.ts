/** `/rollback [service] [tag | undo] [--reason …]` → what is wanted, or a refusal. Whether the tag exists and may be gone back to is the plan's business. */
import { checkTag } from '../core/tag.ts';
import { closest } from '../lib/closest.ts';
import { ROLLBACK_USAGE } from './grammar.ts';
import { asTyped, decoded, type Refusal, shown, words } from './typed.ts';

export interface RollbackWish {
  readonly ok: true;
  /** Undefined: not said, and the channel does not say it either. */
  readonly service: string | undefined;
  /** Undefined: to be chosen in the form. */
  readonly tag: string | undefined;
  readonly reason: string;
}

/** Going forward again: the newest rollback of the service is taken back. */
export interface UndoWish {
  readonly ok: true;
  readonly undo: true;
  readonly service: string | undefined;
  readonly reason: string;
}

export interface RollbackContext {
  readonly services: readonly { readonly name: string; readonly repo: string | undefined }[];
  /** Service of the incident whose channel this is. */
  readonly here: string | undefined;
}

const REASON_MAX_CHARS = 500;
/** Words people try; a rollback names its release. */
const NOT_TAGS: ReadonlySet<string> = new Set(['latest', 'previous', 'prev', 'last', 'current', 'head', 'main', 'master', 'stable', 'newest']);
/** A tag of this name could not be gone back to by command; the form would still offer it. */
const UNDO = 'undo';
const FLAGS: readonly string[] = ['--reason', '--repo'];

export function parseRollback(text: string, context: RollbackContext): RollbackWish | UndoWish | Refusal {
  const { head, reason } = splitReason(text);
  const taken = takeRepo(words(head), context);
  if ('code' in taken) return taken;
  const { tokens, byRepo } = taken;
  const flag = tokens.find((token) => /^(--|—|–)/.test(token));
  if (flag !== undefined) return unknownFlag(flag);
  const named = context.services.find(({ name }) => name.toLowerCase() === tokens[0]?.toLowerCase())?.name;
  const service = named ?? byRepo ?? context.here;
  const tags = named === undefined ? tokens : tokens.slice(1);
  if (tags.length === 1 && tags[0]?.toLowerCase() === UNDO) return { ok: true, undo: true, service, reason };
  const stranger = named === undefined ? strangeService(tags, context) : undefined;
  if (stranger) return stranger;
  const checked = tags.map(readTag);
  const refusal = checked.find((tag) => !tag.ok);
  if (refusal && !refusal.ok) return refusal;
  const [tag, ...more] = checked.flatMap((each) => (each.ok ? [each.tag] : []));
  if (more.length > 0) {
    return { ok: false, code: 'E_ARGS', text: `One tag expected, got ${tags.length}; nothing was started. Type /rollback ${service ?? '<service>'} ${tag}.` };
  }
  return { ok: true, service, tag, reason };
}

/** Everything behind `--reason` is the reason. Phones and Macs turn two hyphens into a dash. */
function splitReason(text: string): { head: string; reason: string } {
  const match = /(?:^|[ \t\r\n])(?:--|—|–)reason(?:[ \t\r\n=]+([\s\S]*))?$/i.exec(text);
  if (!match) return { head: text, reason: '' };
  return { head: text.slice(0, match.index), reason: unquoted(asTyped(match[1] ?? '')).slice(0, REASON_MAX_CHARS) };
}

function takeRepo(tokens: readonly string[], { services }: RollbackContext): { tokens: string[]; byRepo: string | undefined } | Refusal {
  const at = tokens.findIndex((token) => /^(--|—|–)repo(=|$)/i.test(token));
  if (at < 0) return { tokens: [...tokens], byRepo: undefined };
  const inline = tokens[at]?.split('=')[1];
  const repo = asTyped(inline ?? tokens[at + 1] ?? '');
  const service = services.find((candidate) => candidate.repo !== undefined && candidate.repo.toLowerCase() === repo.toLowerCase());
  if (service) return { tokens: tokens.filter((_, index) => index !== at && (inline !== undefined || index !== at + 1)), byRepo: service.name };
  const allowed = services.flatMap((candidate) => candidate.repo ?? []).slice(0, 10);
  const list = allowed.length === 0 ? 'services.yml names none.' : `Allowed are: ${allowed.join(', ')}.`;
  return { ok: false, code: 'E_REPO_NOT_ALLOWED', text: `“${shown(repo)}” is no repository of services.yml; nothing was started. ${list}` };
}

function unknownFlag(flag: string): Refusal {
  const near = closest(flag.replace(/^(—|–)/, '--'), FLAGS, 2);
  return { ok: false, code: 'E_ARGS', text: `I don't know “${shown(flag)}”; nothing was started. ${near ? `Did you mean ${near}?` : ROLLBACK_USAGE}` };
}

/** A first word that is surely meant as a service: near to a known name, or no tag has its look and a tag follows. */
function strangeService(tokens: readonly string[], { services }: RollbackContext): Refusal | undefined {
  const first = tokens[0];
  if (first === undefined || !/^[A-Za-z][\w.-]*$/.test(first) || NOT_TAGS.has(first.toLowerCase())) return undefined;
  const names = services.map(({ name }) => name);
  const near = closest(first, names);
  if (near === undefined && (tokens.length < 2 || /\d/.test(first))) return undefined;
  const rest = tokens[1] === undefined ? '' : ` ${shown(tokens[1])}`;
  const guess = near === undefined ? `Known are: ${names.slice(0, 10).join(', ') || 'none'}.` : `Did you mean /rollback ${near}${rest}?`;
  return { ok: false, code: 'E_UNKNOWN_SERVICE', text: `“${shown(first)}” is no service of services.yml; nothing was started. ${guess}` };
}

function readTag(token: string): { readonly ok: true; readonly tag: string } | Refusal {
  if (/^<[@#!]/.test(token)) {
    return {
      ok: false,
      code: 'E_TAG_SYNTAX',
      text: 'That is a mention, not a release tag; nothing was started. Type the tag, e.g. /rollback checkout v1.2.3.',
    };
  }
  const typed = decoded(token);
  if (NOT_TAGS.has(typed.toLowerCase())) {
    return {
      ok: false,
      code: 'E_TAG_SYNTAX',
      text: `'${typed}' is not a tag; nothing was started. Name a release tag, or leave it out to choose from a list.`,
    };
  }
  const checked = checkTag(typed);
  return checked.ok ? checked : { ok: false, code: checked.code, text: `${checked.message} Nothing was started.` };
}

/** Quotes around the whole are how text gets pasted; they are never part of a tag. */
function unquoted(text: string): string {
  return /^(["'`“”„‘’«])(.*)(["'`“”‘’»])$/su.exec(text)?.[2] ?? text;
}
