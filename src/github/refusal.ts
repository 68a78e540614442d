/** Every way GitHub can say no, as a Failure that says what failed, what state is left and what to do. */
import { type Code, Failure, type FailureDetails } from '../lib/failure.ts';
import type { Headers } from './budget.ts';
import type { Lost } from './transport.ts';

export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
}

/** What was tried, in words and in kind. */
export interface Tried {
  /** A verb phrase: `read the releases of acme/shop`. */
  readonly to: string;
  readonly writes: boolean;
  readonly repo: string | undefined;
  /** Where a person mends a bad credential. */
  readonly remedy: string;
  readonly anonymous: boolean;
  /** Takes our own secrets out of a text. */
  readonly scrub: (text: string) => string;
}

const ANONYMOUS_HINT = 'limit is 60: these calls are anonymous, look at GITHUB_TOKEN';
const DETAIL_MAX = 300;

/** 403 and 429 share their statuses with limits; GitHub tells them apart by headers and words. */
export function isLimit(answer: Answer): boolean {
  if (answer.status === 429) return true;
  if (answer.status !== 403) return false;
  return (
    answer.headers['retry-after'] !== undefined || answer.headers['x-ratelimit-remaining'] === '0' || /rate limit|abuse detection/i.test(message(answer.data))
  );
}

export function limited(tried: Tried, retryAt: number): Failure {
  return fail('E_GITHUB_LIMITED', tried, {
    says: `GitHub's limit is used up until ${utc(retryAt)}`,
    state: 'nothing was sent or it was refused; it is not sent later by itself',
    hint: 'wait until then, or act by hand; a shared token is used up by its other users too',
    retryAt,
  });
}

export function outOfBudget(tried: Tried, retryAt: number): Failure {
  return fail('E_GITHUB_BUDGET', tried, {
    says: `too little of GitHub's hourly budget is left, and it is kept for rollbacks until ${utc(retryAt)}`,
    state: 'nothing was sent',
    hint: 'wait, or give the bot a token of its own',
    retryAt,
  });
}

/** No answer came. */
export function unanswered(tried: Tried, lost: Lost): Failure {
  const unclear = tried.writes && lost.sent;
  return fail('E_GITHUB', tried, {
    says: lost.sent ? `the connection broke before an answer came (${lost.cause})` : `GitHub could not be reached (${lost.cause})`,
    state: unclear ? 'it may have happened' : 'nothing was changed',
    hint: unclear ? 'look at GitHub before doing it again' : 'check the network, the proxy and GITHUB_API_URL; githubstatus.com says whether GitHub is down',
    unclear,
  });
}

export function tooLate(tried: Tried, because: { readonly says: string; readonly sent: boolean }): Failure {
  const unclear = tried.writes && because.sent;
  return fail('E_TIMEOUT', tried, {
    says: because.says,
    state: unclear ? 'it may have happened' : 'nothing was changed',
    hint: unclear ? 'look at GitHub before doing it again' : 'try again; githubstatus.com says whether GitHub is slow',
    unclear,
  });
}

/** A 2xx whose body is not what GitHub documents: a proxy's page, another product, a cut answer. */
export function unreadable(tried: Tried, answer: Answer, where: string): Failure {
  return fail('E_GITHUB', tried, {
    says: `the answer (${answer.status}, ${mediaType(answer)}) is not what GitHub documents${where === '' ? '' : ` at ${where}`}`,
    state: tried.writes ? 'it may have happened' : 'nothing was changed',
    hint: 'is GITHUB_API_URL the address of the API (https://HOST/api/v3 for Enterprise), and no login page of a proxy?',
    unclear: tried.writes,
  });
}

export function redirected(tried: Tried, moved: { readonly status: number; readonly message: string }): Failure {
  return fail('E_GITHUB_REFUSED', tried, {
    says: `GitHub answered with a redirect (${moved.status}); ${moved.message}`,
    state: 'nothing was changed',
    hint: `was ${tried.repo ?? 'it'} renamed or moved? write its new name in services.yml → repo`,
    permanent: true,
  });
}

/** GitHub answered 4xx or 5xx (limits are `limited`). */
export function refused(tried: Tried, answer: Answer): Failure {
  const { status } = answer;
  const says = `GitHub answered ${status}${detail(answer) === '' ? '' : ` ${detail(answer)}`}`;
  if (status >= 500 || status === 408) {
    const unclear = tried.writes;
    const hint = unclear ? 'look at GitHub before doing it again' : 'try again; githubstatus.com says whether GitHub is down';
    return fail('E_GITHUB', tried, { says, state: unclear ? 'it may have happened' : 'nothing was changed', hint, unclear });
  }
  const [code, hint] = remedyOf(tried, answer);
  return fail(code, tried, { says, state: 'nothing was changed', hint, permanent: true });
}

function remedyOf(tried: Tried, answer: Answer): [Code, string] {
  const needs = permissions(answer);
  switch (answer.status) {
    case 401:
      return ['E_GITHUB_AUTH', tried.remedy];
    case 403:
      if (answer.headers['x-github-sso'] !== undefined)
        return ['E_GITHUB_PERMISSION', 'the organisation wants single sign-on: authorise the token for it on GitHub'];
      return ['E_GITHUB_PERMISSION', needs ?? `give the credential access to ${tried.repo ?? 'the repository'}`];
    case 404:
      return [
        'E_GITHUB_REFUSED',
        `check the name, and that the credential may see ${tried.repo ?? 'it'}: GitHub says 404 for what it hides${needs ? `; ${needs}` : ''}`,
      ];
    default:
      return ['E_GITHUB_REFUSED', needs ?? 'mend what GitHub names, then ask again'];
  }
}

/** `X-Accepted-GitHub-Permissions: actions=write; contents=read,metadata=read`: `;` between alternatives, `,` between what belongs together. */
function permissions(answer: Answer): string | undefined {
  const header = String(answer.headers['x-accepted-github-permissions'] ?? '');
  const sets = header.split(';').map((set) => set.trim());
  const known = sets.filter((set) => /^[a-z_]+=[a-z]+(\s*,\s*[a-z_]+=[a-z]+)*$/.test(set));
  return known.length === 0 ? undefined : `the credential needs the permission ${known.join(', or ')}`;
}

interface Said extends Pick<FailureDetails, 'retryAt' | 'unclear' | 'permanent'> {
  readonly says: string;
  readonly state: string;
  readonly hint: string;
}

function fail(code: Code, tried: Tried, { says, state, hint, ...details }: Said): Failure {
  // A read leaves no state behind worth a word.
  const text = tried.scrub(`could not ${tried.to}: ${says}${tried.writes ? `; ${state}` : ''}`);
  return new Failure(code, text, { ...details, hint: tried.scrub(tried.anonymous ? `${ANONYMOUS_HINT}; ${hint}` : hint) });
}

/** GitHub's own words, cut, on one line: it says `message` and a list of `errors`. */
function detail(answer: Answer): string {
  const errors =
    typeof answer.data === 'object' && answer.data !== null && 'errors' in answer.data && Array.isArray(answer.data.errors) ? answer.data.errors : [];
  const parts = errors.slice(0, 3).map((one: unknown) => (typeof one === 'string' ? one : fields(one)));
  const text = [message(answer.data), ...parts].filter((part) => part !== '').join('; ');
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > DETAIL_MAX ? `${line.slice(0, DETAIL_MAX)}…` : line;
}

/** For those who must know what exactly GitHub refused. */
export function message(data: unknown): string {
  return typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string' ? data.message : '';
}

function fields(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const picked = ['resource', 'field', 'code', 'message'].map((name) => (error as Record<string, unknown>)[name]); // any object may be looked into by name
  return [...picked.filter((value) => typeof value === 'string'), ...contexts(error)].join(' ');
}

const CONTEXTS_NAMED = 5;

/** Of a deployment that waits for commit statuses: which are not good, `ci/test (failure)`. */
function contexts(error: object): readonly string[] {
  if (!('contexts' in error) || !Array.isArray(error.contexts)) return [];
  const bad = error.contexts.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null && one.state !== 'success');
  return bad.slice(0, CONTEXTS_NAMED).map(({ context, state }) => `${String(context)} (${String(state)})`);
}

function mediaType(answer: Answer): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(String(answer.headers['content-type'] ?? ''))?.[0] ?? 'no media type';
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
