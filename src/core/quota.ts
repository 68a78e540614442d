/** How much an HTTP API still lets us ask, and what its refusals mean: bad credentials, no permission, a limit that is used up. */
import { sayDuration } from './metrics.ts';
import type { Instant, Json } from './model.ts';

/** One entry of `health.apis` in services.yml. */
export interface ApiAsk {
  readonly name: string;
  /** Asked by GET; an answer that costs nothing, such as GitHub's `/rate_limit`. */
  readonly url: string;
  readonly kind: 'github' | 'generic';
  /** Name of the variable that holds the token; undefined: it is asked without one. */
  readonly tokenEnv: string | undefined;
  /** Where the token goes, `Authorization`, and the word before it, `Bearer`: written as the service sends them, so that a mistake there shows here. */
  readonly header: string;
  readonly scheme: string;
}

/** What came back from one GET. */
export interface ApiAnswer {
  /** undefined: no answer, `error` says why. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** undefined: it was no JSON. */
  readonly body: Json | undefined;
  /** The other side's clock minus ours; 0 where it does not tell. */
  readonly skewMs: number;
  readonly retryAfterMs: number | undefined;
}

/** The step's way to the outside; without it every API is blind. Never throws for what the other side does. */
export interface QuotaHelp {
  readonly askApi?: (api: ApiAsk, signal: AbortSignal) => Promise<ApiAnswer>;
}

export interface Quota {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetAt: Instant | undefined;
}

/** Worst first: who is not known gets the least, and is refused soonest. */
export const STANDINGS = ['anonymous', 'unauthorized', 'exhausted', 'forbidden', 'blind', 'ok'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Judged extends Quota {
  readonly api: string;
  readonly standing: Standing;
  /** Too little is left for the time until it starts anew. */
  readonly isScarce: boolean;
  readonly because: string;
  /** What to do; empty where nothing is to be done. */
  readonly todo: string;
}

/** docs.github.com, rate limits for the REST API: 60 an hour without authentication; 5,000 or more with. */
export const ANONYMOUS_LIMIT = 60;
/** Less than this share of the limit is little. */
const SCARCE_SHARE = 0.1;
/** docs.github.com, secondary limits: "wait at least one minute" where no header says how long. */
const SECONDARY_WAIT_MS = 60_000;
/** Larger numbers are moments, smaller ones are seconds from now. */
const EPOCH_SECONDS_MIN = 1_000_000_000;

export function judgeApi(api: ApiAsk, answer: ApiAnswer, now: Instant): Judged {
  const quota = quotaOf(answer, now);
  const said = standingOf(api, { answer, quota, now });
  return { api: api.name, ...quota, isScarce: isScarce(quota), ...said };
}

interface Seen {
  readonly answer: ApiAnswer;
  readonly quota: Quota;
  readonly now: Instant;
}
type Said = Pick<Judged, 'standing' | 'because' | 'todo'>;

function standingOf(api: ApiAsk, seen: Seen): Said {
  const { answer, quota, now } = seen;
  const { status, error } = answer;
  if (status === undefined) return { standing: 'blind', because: error ?? 'it gave no answer', todo: 'look whether it runs and can be reached from here' };
  // GitHub puts the limit of 60 on this refusal, too: the token is wrong, not missing.
  if (status === 401) return unauthorized(api);
  if (api.kind === 'github' && quota.limit === ANONYMOUS_LIMIT) return anonymous(api, seen);
  if (isLimited(answer, quota)) return exhausted(seen);
  if (status === 403 || (status === 404 && api.kind === 'github')) return forbidden(api, answer);
  if (status >= 400) return { standing: 'blind', because: `it answered HTTP ${status}, which says nothing about limits`, todo: blindTodo(status) };
  if (quota.remaining === 0) return exhausted(seen);
  return { standing: 'ok', because: sayLeft(quota, now), todo: isScarce(quota) ? 'ask less often, or give each user of this token one of its own' : '' };
}

const blindTodo = (status: number): string => (status >= 500 ? 'look at the status page of that API' : 'check the url in services.yml → health.apis');

function unauthorized({ tokenEnv, header }: ApiAsk): Said {
  const because = 'it does not take our credentials (401)';
  if (tokenEnv === undefined)
    return {
      standing: 'unauthorized',
      because: 'it wants credentials and was sent none (401)',
      todo: 'name the variable with the token in services.yml → token_env',
    };
  return { standing: 'unauthorized', because, todo: `put a valid token into ${tokenEnv}: this one is wrong, expired or revoked; it was sent as ${header}` };
}

function anonymous({ tokenEnv, header, scheme }: ApiAsk, { quota, now }: Seen): Said {
  const left = quota.remaining === 0 ? `; all are used up, it starts anew${sayReset(quota, now)}` : '';
  const sent = scheme === '' ? header : `${header}: ${scheme} …`;
  const todo =
    tokenEnv === undefined
      ? 'no token was sent: look whether the service sends an Authorization header at all, and name its variable in services.yml → token_env'
      : `look at the Authorization header: the token of ${tokenEnv} was sent as “${sent}” and did not count; correct that and deploy again`;
  return { standing: 'anonymous', because: `limit is ${ANONYMOUS_LIMIT}/h, so our calls are anonymous${left}`, todo };
}

/** 403 is a limit, too, when a header or the words say so (docs.github.com, "exceeding the rate limit"). */
function isLimited({ status, retryAfterMs, body }: ApiAnswer, { remaining }: Quota): boolean {
  if (status === 429) return true;
  return status === 403 && (remaining === 0 || retryAfterMs !== undefined || /rate limit|abuse detection/i.test(messageOf(body)));
}

function exhausted({ answer, quota, now }: Seen): Said {
  const { retryAfterMs } = answer;
  if (quota.remaining === 0) {
    const all = quota.limit === undefined ? 'all calls are' : `all ${quota.limit} calls are`;
    return {
      standing: 'exhausted',
      because: `${all} used up; it starts anew${sayReset(quota, now)}`,
      todo: 'wait until then; look for who calls so often: a shared token is used up by its other users, too',
    };
  }
  const waitMs = retryAfterMs ?? SECONDARY_WAIT_MS;
  const because = `too many calls in a short time (${answer.status}); it wants ${sayDuration(waitMs)} of rest`;
  return { standing: 'exhausted', because, todo: 'wait, then call more slowly: calls that go on meanwhile make the rest longer' };
}

function forbidden({ kind }: ApiAsk, { status, headers }: ApiAnswer): Said {
  if (headers['x-github-sso'] !== undefined)
    return { standing: 'forbidden', because: 'the organisation wants single sign-on (403)', todo: 'authorise the token for the organisation on GitHub' };
  const needs = headers['x-accepted-github-permissions'] ?? '';
  // Names and levels only: what else stands there is somebody else's text.
  const isKnown = /^[a-z_]+=[a-z]+(?:\s*[,;]\s*[a-z_]+=[a-z]+){0,20}$/.test(needs);
  const because = status === 404 ? 'it is not there, or the credential may not see it (404)' : 'it knows us and does not let us (403)';
  const todo = isKnown
    ? `give the credential the permission ${needs}`
    : kind === 'github'
      ? 'give the credential access to the repository'
      : 'give the credential the permission it lacks';
  return { standing: 'forbidden', because, todo };
}

/** GitHub's `/rate_limit` in the body before the headers: an answer that was passed on has the headers of who passed it on. */
export function quotaOf({ headers, body, skewMs }: ApiAnswer, now: Instant): Quota {
  const listed = coreOf(body);
  if (listed) return { limit: listed.limit, remaining: listed.remaining, resetAt: listed.reset * 1000 - skewMs };
  const { policy, left, reset } = structured(headers);
  const named = (what: string): number | undefined =>
    firstNumber(headers[`x-ratelimit-${what}`] ?? headers[`x-rate-limit-${what}`] ?? headers[`ratelimit-${what}`]);
  return { limit: named('limit') ?? policy, remaining: named('remaining') ?? left, resetAt: momentOf(named('reset') ?? reset, { now, skewMs }) };
}

function coreOf(body: Json | undefined): { limit: number; remaining: number; reset: number } | undefined {
  const core = member(member(body, 'resources'), 'core') ?? member(body, 'rate');
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => member(core, name));
  return typeof limit === 'number' && typeof remaining === 'number' && typeof reset === 'number' ? { limit, remaining, reset } : undefined;
}

/** The IETF draft on RateLimit fields, as of 07 (`limit=100, remaining=50, reset=5`) and since 08 (`"default";r=50;t=5`, policy `"default";q=100;w=60`). */
function structured(headers: ApiAnswer['headers']): { policy: number | undefined; left: number | undefined; reset: number | undefined } {
  const state = headers.ratelimit ?? '';
  const policy = headers['ratelimit-policy'] ?? '';
  const read = (text: string, name: string): number | undefined => firstNumber(new RegExp(`(?:^|[;,\\s])${name}\\s{0,3}=\\s{0,3}(\\d{1,12})`).exec(text)?.[1]);
  return {
    policy: read(policy, 'q') ?? read(state, 'limit'),
    left: read(state, 'r') ?? read(state, 'remaining'),
    reset: read(state, 't') ?? read(state, 'reset'),
  };
}

const firstNumber = (text: string | undefined): number | undefined => {
  const digits = /^\s{0,10}(\d{1,15})(?:\.\d{1,9})?(?=[\s,;]|$)/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
};

function momentOf(reset: number | undefined, { now, skewMs }: { now: Instant; skewMs: number }): Instant | undefined {
  if (reset === undefined) return undefined;
  if (reset < EPOCH_SECONDS_MIN) return now + reset * 1000;
  return (reset < EPOCH_SECONDS_MIN * 1000 ? reset * 1000 : reset) - skewMs;
}

const member = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, Json>>)[name] // an object that is no array; the compiler does not narrow readonly arrays away
    : undefined;

function messageOf(body: Json | undefined): string {
  const message = member(body, 'message');
  return typeof message === 'string' ? message : '';
}

export const isScarce = ({ limit, remaining }: Quota): boolean => limit !== undefined && remaining !== undefined && remaining < limit * SCARCE_SHARE;

function sayLeft(quota: Quota, now: Instant): string {
  const { limit, remaining } = quota;
  if (remaining === undefined) return 'it answers, and names no limit';
  const of = limit === undefined ? `${remaining} calls` : `${remaining} of ${limit} calls`;
  return isScarce(quota) ? `only ${of} are left; it starts anew${sayReset(quota, now)}` : `${of} are left`;
}

const sayReset = ({ resetAt }: Quota, now: Instant): string =>
  resetAt === undefined ? ', but it does not say when' : ` in ${sayDuration(Math.max(0, resetAt - now))}`;

/** Worst first; of two of the same standing the one with the smaller share left. */
export const worstFirst = (judged: readonly Judged[]): readonly Judged[] =>
  judged.toSorted(
    (a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || Number(b.isScarce) - Number(a.isScarce) || shareOf(a) - shareOf(b),
  );

const shareOf = ({ limit, remaining }: Quota): number => (limit === undefined || remaining === undefined || limit === 0 ? 2 : remaining / limit);

/** Of the bot's own credential, by the headers of what it was answered. The text stays the same while the state does: each change of it is a line in the log. */
export function judgeOwn(
  { limit, remaining }: Quota,
  credential: string,
): { readonly standing: 'anonymous' | 'exhausted' | 'scarce' | 'ok'; readonly because: string } {
  if (limit === ANONYMOUS_LIMIT) return { standing: 'anonymous', because: `limit is ${ANONYMOUS_LIMIT}: these calls are anonymous, look at ${credential}` };
  if (remaining === 0)
    return { standing: 'exhausted', because: `all ${limit ?? ''} calls of this hour are used up; a shared ${credential} is used up by its other users, too` };
  if (isScarce({ limit, remaining, resetAt: undefined }))
    return { standing: 'scarce', because: `less than a tenth of ${limit} calls is left this hour and is kept for rollbacks; give the bot a token of its own` };
  return { standing: 'ok', because: '' };
}
