/** Who calls, what they may do, and how much of their hourly budget is left. */
import { type Answer, refuse } from './answer.ts';
import type { AppAuth } from './app.ts';

export type Permission = 'metadata' | 'contents' | 'actions' | 'deployments' | 'pull_requests' | 'administration';
export interface TokenGrant {
  readonly permissions: Readonly<Partial<Record<Permission, 'read' | 'write'>>>;
  /** Who the token acts as. Default `tagback-bot`. */
  readonly login?: string;
  readonly kind?: 'fine-grained' | 'installation';
  /** Repositories the token was given, `owner/name`; undefined: all. */
  readonly repos?: readonly string[];
  /** Milliseconds since 1970-01-01 UTC; undefined: never. */
  readonly expiresAt?: number;
  /** Requests an hour. Default 5000. */
  readonly limit?: number;
}
export type Caller =
  | { readonly kind: 'anonymous'; readonly key: string; readonly limit: number }
  | { readonly kind: 'token'; readonly key: string; readonly limit: number; readonly login: string; readonly grant: TokenGrant }
  | { readonly kind: 'app'; readonly key: string; readonly limit: number };

export const ANONYMOUS_LIMIT = 60;
export const TOKEN_LIMIT = 5_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** undefined: GitHub does not know these credentials (401). A missing or misspelt header is an anonymous caller, not an error. */
export function identify(
  header: string | undefined,
  known: { readonly tokens: ReadonlyMap<string, TokenGrant>; readonly app: AppAuth | undefined; readonly now: number },
): Caller | undefined {
  const anonymous: Caller = { kind: 'anonymous', key: 'address 127.0.0.1', limit: ANONYMOUS_LIMIT };
  if (header === undefined) return anonymous;
  const secret = secretOf(header);
  if (secret === undefined) return undefined;
  if (secret.split('.').length === 3) return known.app?.verify(secret, known.now) ? { kind: 'app', key: 'app', limit: TOKEN_LIMIT } : undefined;
  const grant = known.tokens.get(secret);
  if (!grant || (grant.expiresAt !== undefined && grant.expiresAt <= known.now)) return undefined;
  return { kind: 'token', key: `token ${secret}`, limit: grant.limit ?? TOKEN_LIMIT, login: grant.login ?? 'tagback-bot', grant };
}

/** The scheme of an Authorization header, which may be recorded; the secret may not. */
export function schemeOf(header: string | undefined): string {
  return header === undefined ? 'none' : (header.split(' ')[0] ?? '').toLowerCase();
}

function secretOf(header: string): string | undefined {
  const [scheme = '', rest = ''] = header.trim().split(/\s+/, 2);
  if (/^(bearer|token)$/i.test(scheme)) return rest;
  if (/^basic$/i.test(scheme)) return Buffer.from(rest, 'base64').toString('utf8').split(':')[1]; // user:token
  return undefined;
}

export interface Need {
  readonly permission: Permission;
  readonly access: 'read' | 'write';
}

/** The refusal, or undefined when the caller may. `isPrivate`: nobody without access learns that the repository exists. */
export function refuseAccess(caller: Caller, need: Need, repo: { readonly fullName: string; readonly isPrivate: boolean }): Answer | undefined {
  const headers = { 'x-accepted-github-permissions': `${need.permission}=${need.access}` };
  const isOpen = !repo.isPrivate && need.access === 'read';
  if (caller.kind !== 'token') {
    if (repo.isPrivate) return refuse(404, 'Not Found', headers);
    return isOpen ? undefined : refuse(401, 'Requires authentication', headers);
  }
  const { grant } = caller;
  const hasRepo = grant.repos === undefined || grant.repos.includes(repo.fullName);
  if (!hasRepo && repo.isPrivate) return refuse(404, 'Not Found', headers);
  if (isOpen || (hasRepo && holds(grant, need))) return undefined;
  return refuse(403, `Resource not accessible by ${grant.kind === 'installation' ? 'integration' : 'personal access token'}`, headers);
}

export function holds(grant: TokenGrant, need: Need): boolean {
  const held = grant.permissions[need.permission];
  if (need.permission === 'metadata' && need.access === 'read') return true; // every token may read metadata
  return held === 'write' || held === need.access;
}

export interface Budget {
  readonly limit: number;
  readonly used: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly resetAt: number;
}
export interface Budgets {
  look(caller: Caller): Budget;
  /** Takes one request off the budget; false: there was nothing left. */
  spend(caller: Caller): boolean;
  /** Gives it back: a 304 to somebody who is known costs nothing. */
  refund(caller: Caller): void;
  /** Takes one write off the minute; false: the secondary limit is reached. */
  write(caller: Caller): boolean;
  /** For tests: leaves so many requests in the hour. */
  leave(caller: Caller, remaining: number): void;
}

export function createBudgets(now: () => number, writesPerMinute: number): Budgets {
  const hours = new Map<string, { used: number; resetAt: number }>();
  const writes = new Map<string, number[]>();
  const hour = (caller: Caller) => {
    const old = hours.get(caller.key);
    if (old && now() < old.resetAt) return old;
    const fresh = { used: 0, resetAt: now() + HOUR_MS };
    hours.set(caller.key, fresh);
    return fresh;
  };
  return {
    look: (caller) => ({ limit: caller.limit, used: Math.min(caller.limit, hour(caller).used), resetAt: hour(caller).resetAt }),
    spend(caller) {
      if (hour(caller).used >= caller.limit) return false;
      hour(caller).used += 1;
      return true;
    },
    refund(caller) {
      hour(caller).used = Math.max(0, hour(caller).used - 1);
    },
    write(caller) {
      const recent = (writes.get(caller.key) ?? []).filter((at) => at > now() - MINUTE_MS);
      if (recent.length < writesPerMinute) recent.push(now());
      else return false;
      writes.set(caller.key, recent);
      return true;
    },
    leave(caller, remaining) {
      hour(caller).used = caller.limit - remaining;
    },
  };
}

export function limitHeaders(budget: Budget): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(budget.limit),
    'x-ratelimit-remaining': String(budget.limit - budget.used),
    'x-ratelimit-reset': String(Math.ceil(budget.resetAt / 1000)),
    'x-ratelimit-used': String(budget.used),
    'x-ratelimit-resource': 'core',
  };
}

export function overLimit(caller: Caller): Answer {
  const goodNews = "(But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)";
  const message =
    caller.kind === 'anonymous'
      ? `API rate limit exceeded for 127.0.0.1. ${goodNews}`
      : `API rate limit exceeded for ${caller.kind === 'token' ? `user ${caller.login}` : 'this app'}.`;
  return refuse(403, message);
}

export const overSecondaryLimit: Answer = refuse(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', {
  'retry-after': '60',
});
