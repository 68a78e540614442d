/**
 * GitHub, with our own manners instead of octokit's: reads are tried three times inside one deadline, writes exactly once, and
 * nobody waits in here for a limit to end. Nothing goes out before somebody calls.
 */
import * as z from 'zod';
import { judgeOwn } from '../core/quota.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { type Budget, createMeter, createSpacing, type Meter, type Spacing } from './budget.ts';
import { type Auth, appCredentials, type Credential, type Credentials, checkPrivateKey, splitRepo, tokenCredentials } from './credentials.ts';
import { type Deadline, deadline } from './deadline.ts';
import { createEtags, type Etags } from './etags.ts';
import { lazyOctokits, type Octokits, type Reply, replyOf } from './octokits.ts';
import { type Answer, isLimit, limited, outOfBudget, redirected, refused, type Tried, tooLate, unanswered, unreadable } from './refusal.ts';
import { type Fetch, originOf, webOf } from './transport.ts';

/** GitHub keeps this version at least until 2028-03 (changelog of 2026-03-12); octokit sends none by itself. */
const API_VERSION = '2022-11-28';
const READ_TRIES = 3;
const FIRST_REST_MS = 250;

export interface GitHub {
  /** Throws `Failure`, also for a 404. */
  read<T>(ask: Ask<T>): Promise<T>;
  /** As `read`, but a 404 is `undefined`. GitHub says 404 also for what the credential may not see. */
  find<T>(ask: Ask<T>): Promise<T | undefined>;
  /** Sent once at most. A Failure with `unclear` may have done its work. For github/deeds/ only. */
  write<T>(ask: Ask<T>): Promise<Written<T>>;
  /** Where people look at a repository: `https://github.com/owner/name`. */
  web(repo: string): string;
  /** ms since 1970, by the clock the client was given. */
  now(): number;
  /** Of the credential with the smallest share left. */
  budget(): Budget;
  /** Does GitHub know us? Never throws, never takes longer than a read. */
  probe(signal: AbortSignal): Promise<Probed>;
}

export interface Probed {
  readonly ok: boolean;
  readonly cause: string | undefined;
  /** It knows us, and little or nothing is left of what we may ask; undefined: enough is. */
  readonly scarce?: string | undefined;
}

export interface Written<T> {
  readonly value: T;
  /** GitHub's own id of the request, for its support and our audit; older servers and proxies may leave it out. */
  readonly requestId: string | undefined;
}

export interface Ask<T> {
  /** `owner/name`: whose credential is used; fills `{owner}` and `{repo}` where the route has them. undefined: the call is about ourselves. */
  readonly repo: string | undefined;
  /** In GitHub's notation: `GET /repos/{owner}/{repo}/releases`. */
  readonly route: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** What for, as a verb phrase: `read the releases of acme/shop`. */
  readonly to: string;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
  /** Rollbacks may use the last tenth of the hourly budget, and do not wait for other writes; others may not, and do. */
  readonly priority?: 'rollback';
}

type Say = (fields: object, message: string) => void;
export interface GitHubSettings {
  /** `https://api.github.com`, or `https://HOST/api/v3`. */
  readonly url: string;
  readonly auth: Auth;
  readonly clock: Clock;
  readonly log: { readonly debug: Say; readonly info: Say; readonly warn: Say; readonly error: Say };
  readonly userAgent?: string;
  readonly deadlines?: { readonly readMs: number; readonly writeMs: number };
  readonly fetch?: Fetch;
  /** 0…1, for the length of the rests between tries. */
  readonly random?: () => number;
}

/** What all calls share. */
interface Desk {
  readonly settings: GitHubSettings;
  readonly octokits: Octokits;
  readonly credentials: Credentials;
  readonly meters: Map<string, Meter>;
  readonly etags: Etags;
  readonly spacing: Spacing;
}
interface Call {
  readonly ask: Ask<unknown>;
  readonly until: Deadline;
  readonly tried: Tried;
  readonly credential: Credential;
  readonly meter: Meter;
}
type Verdict =
  | { readonly kind: 'ok'; readonly answer: Answer }
  | { readonly kind: 'no'; readonly failure: Failure; readonly status: number | undefined; readonly again: boolean };

/** Throws `E_CONFIG` for an address or a credential that can never work; sends nothing. */
export function createGitHub(settings: GitHubSettings): GitHub {
  const { auth, clock } = settings;
  const baseUrl = originOf(settings.url).base;
  const octokits = lazyOctokits({ ...settings, baseUrl, auth: auth.kind === 'app' ? { ...auth, privateKey: checkPrivateKey(auth.privateKey) } : auth });
  const credentials = auth.kind === 'token' ? tokenCredentials(auth.token) : appCredentials(octokits.app);
  const desk: Desk = { settings, octokits, credentials, meters: new Map(), etags: createEtags(), spacing: createSpacing(clock) };
  return {
    read: async (ask) => parsed(desk, ask, orThrow(await readVerdict(desk, ask))),
    async find(ask) {
      const verdict = await readVerdict(desk, ask);
      return verdict.kind === 'no' && verdict.status === 404 ? undefined : parsed(desk, ask, orThrow(verdict));
    },
    write: (ask) => write(desk, ask),
    web: (repo) => `${webOf(baseUrl)}/${repo}`,
    now: () => clock.now(),
    budget: () => tightest(desk),
    probe: (signal) => probe(desk, signal),
  };
}

async function readVerdict(desk: Desk, ask: Ask<unknown>): Promise<Verdict> {
  const { clock, deadlines, random = Math.random } = desk.settings;
  const until = deadline(clock, { ms: deadlines?.readMs ?? 10_000, signal: ask.signal });
  try {
    for (let attempt = 1; ; attempt += 1) {
      const verdict = await attemptRead(desk, ask, until);
      const restMs = random() * FIRST_REST_MS * 2 ** attempt;
      if (verdict.kind === 'ok' || !verdict.again || attempt === READ_TRIES || until.leftMs() <= restMs) return verdict;
      await until.rest(restMs);
    }
  } finally {
    until.end();
  }
}

async function attemptRead(desk: Desk, ask: Ask<unknown>, until: Deadline): Promise<Verdict> {
  const opened = await open(desk, ask, until);
  if ('verdict' in opened) return opened.verdict;
  const refusal = mayNot(opened.call);
  return refusal ?? judge(desk, opened.call, await send(desk, opened.call));
}

async function write<T>(desk: Desk, ask: Ask<T>): Promise<Written<T>> {
  const { clock, deadlines } = desk.settings;
  const until = deadline(clock, { ms: deadlines?.writeMs ?? 15_000, signal: ask.signal });
  try {
    const opened = await open(desk, ask, until);
    if ('verdict' in opened) return written(desk, ask, orThrow(opened.verdict));
    const { call } = opened;
    const turn = desk.spacing.next(clock.now() + until.leftMs(), ask.priority);
    if ('until' in turn) throw limited(call.tried, turn.until);
    await until.rest(turn.at - clock.now());
    if (until.passed()) throw tooLate(call.tried, { says: until.says(), sent: false });
    return written(desk, ask, orThrow(mayNot(call) ?? judge(desk, call, await send(desk, call))));
  } finally {
    until.end();
  }
}

/** The credential comes first; an App has to ask GitHub for it. If that fails, the call itself was never sent. */
async function open(desk: Desk, ask: Ask<unknown>, until: Deadline): Promise<{ call: Call } | { verdict: Verdict }> {
  const { credentials } = desk;
  const tried = triedBy(desk, ask);
  const { repo } = ask;
  if (repo !== undefined) splitRepo(repo);
  const got = await until.race(
    (repo === undefined ? credentials.forSelf() : credentials.forRepo(repo)).then(
      (credential) => ({ kind: 'credential' as const, credential }),
      (error: unknown) => {
        if (error instanceof Failure) throw error;
        return replyOf(error);
      },
    ),
  );
  if (got.kind === 'credential') return { call: { ask, until, tried, credential: got.credential, meter: meterOf(desk, got.credential.purse) } };
  const before: Tried = { ...tried, writes: false, to: `become the GitHub App${repo === undefined ? '' : ` on ${repo}`} in order to ${ask.to}` };
  return { verdict: judge(desk, { ask, until, tried: before, credential: { token: '', purse: 'app' }, meter: meterOf(desk, 'app') }, got) };
}

/** One request on the wire. */
async function send(desk: Desk, call: Call): Promise<Reply> {
  const { ask, credential, until, meter } = call;
  const { clock, log } = desk.settings;
  const octokit = await desk.octokits.plain();
  const startedAt = clock.now();
  const key = `${credential.purse} ${ask.repo} ${ask.route} ${JSON.stringify(ask.params ?? {})}`;
  const kept = call.tried.writes ? undefined : desk.etags.get(key);
  const headers = { authorization: `Bearer ${credential.token}`, 'x-github-api-version': API_VERSION, ...(kept && { 'if-none-match': kept.etag }) };
  // Octokit would send names the route does not have as a query.
  const names = ask.repo !== undefined && ask.route.includes('{repo}') ? splitRepo(ask.repo) : {};
  const params = { ...names, ...ask.params, headers, request: { signal: until.signal } };
  const reply = await until.race(octokit.request(ask.route, params).then((answer): Reply => ({ ...answer, kind: 'answer' }), replyOf));
  log.debug({ route: ask.route, repo: ask.repo, outcome: reply.kind === 'answer' ? reply.status : reply.kind, ms: clock.now() - startedAt }, 'called GitHub');
  if (reply.kind !== 'answer') return reply;
  if (!isLimit(reply)) meter.note(reply.headers);
  if (reply.status === 304 && kept) return { ...reply, status: 200, data: kept.data };
  if (reply.status === 200 && !call.tried.writes) desk.etags.keep(key, reply);
  return reply;
}

function judge(desk: Desk, call: Call, reply: Reply): Verdict {
  // The answer itself may just have shown that we are anonymous.
  const tried = { ...call.tried, anonymous: tightest(desk).anonymous === true };
  const no = (failure: Failure, again: boolean): Verdict => ({ kind: 'no', failure, again, status: reply.kind === 'answer' ? reply.status : undefined });
  if (reply.kind === 'lost') {
    if (call.until.passed()) return no(tooLate(tried, { says: call.until.says(), sent: reply.sent }), false);
    return no(unanswered(tried, reply), true);
  }
  if (reply.kind === 'moved') return no(redirected(tried, reply), false);
  if (isLimit(reply)) return no(limited(tried, call.meter.refused(reply.headers)), false);
  if (reply.status === 401 && call.ask.repo !== undefined) desk.credentials.forget(call.ask.repo);
  return reply.status < 300 ? { kind: 'ok', answer: reply } : no(refused(tried, reply), reply.status >= 500);
}

/** What we may not send now, by the limits GitHub told us. */
function mayNot({ ask, meter, tried }: Call): Verdict | undefined {
  const no = (failure: Failure): Verdict => ({ kind: 'no', failure, status: undefined, again: false });
  const quiet = meter.quietUntil();
  if (quiet !== undefined) return no(limited(tried, quiet));
  const scarce = tried.writes || ask.priority === 'rollback' ? undefined : meter.scarceUntil();
  return scarce === undefined ? undefined : no(outOfBudget(tried, scarce));
}

function orThrow(verdict: Verdict): Answer {
  if (verdict.kind === 'no') throw verdict.failure;
  return verdict.answer;
}

function parsed<T>(desk: Desk, ask: Ask<T>, answer: Answer): T {
  const result = ask.schema.safeParse(answer.status === 204 || answer.status === 205 ? undefined : answer.data);
  if (result.success) return result.data;
  throw unreadable(triedBy(desk, ask), answer, result.error.issues[0]?.path.join('.') ?? '');
}

function written<T>(desk: Desk, ask: Ask<T>, answer: Answer): Written<T> {
  const id = answer.headers['x-github-request-id'];
  return { value: parsed(desk, ask, answer), requestId: typeof id === 'string' && /^[\w:-]{1,100}$/.test(id) ? id : undefined };
}

function triedBy(desk: Desk, ask: Ask<unknown>): Tried {
  const { credentials } = desk;
  const scrub = (text: string): string => redactText(text, credentials.secrets());
  const { anonymous } = tightest(desk);
  return { to: ask.to, writes: !ask.route.startsWith('GET '), repo: ask.repo, remedy: credentials.remedy, anonymous: anonymous === true, scrub };
}

function meterOf(desk: Desk, purse: string): Meter {
  const meter = desk.meters.get(purse) ?? createMeter(desk.settings.clock);
  desk.meters.set(purse, meter);
  return meter;
}

function tightest(desk: Desk): Budget {
  const share = (one: Budget): number => (one.limit === undefined ? 2 : (one.remaining ?? 0) / (one.limit || 1));
  const [first] = [...desk.meters.values()].map((meter) => meter.budget()).sort((a, b) => share(a) - share(b));
  return first ?? createMeter(desk.settings.clock).budget();
}

const Limits = z.object({ resources: z.object({ core: z.object({ limit: z.number(), remaining: z.number(), reset: z.number() }) }) });

/** By what GitHub said on our last calls. */
function standing(desk: Desk): Probed {
  const { standing: is, because } = judgeOwn(tightest(desk), 'GITHUB_TOKEN');
  if (is === 'anonymous') return { ok: false, cause: because };
  return { ok: true, cause: undefined, scarce: is === 'ok' ? undefined : because };
}

async function probe(desk: Desk, signal: AbortSignal): Promise<Probed> {
  const ask: Ask<unknown> = {
    repo: undefined,
    route: desk.credentials.self,
    to: 'ask GitHub whether it knows us',
    schema: z.unknown(),
    signal,
    priority: 'rollback',
  };
  try {
    const verdict = await readVerdict(desk, ask);
    // Enterprise servers without rate limits have no /rate_limit; the 404 still came from GitHub and after the 401 check.
    if (verdict.kind === 'no' && verdict.status === 404 && desk.credentials.self === 'GET /rate_limit') return { ok: true, cause: undefined };
    const { data } = orThrow(verdict);
    const limits = Limits.safeParse(data);
    if (typeof data !== 'object') return { ok: false, cause: 'the answer does not come from GitHub; is GITHUB_API_URL the address of the API?' };
    if (!limits.success) return standing(desk);
    const { limit, remaining, reset } = limits.data.resources.core;
    meterOf(desk, 'token').note({ 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset });
    return standing(desk);
  } catch (error) {
    if (error instanceof Failure) return { ok: false, cause: error.hint === undefined ? error.message : `${error.message}; ${error.hint}` };
    throw error;
  }
}
