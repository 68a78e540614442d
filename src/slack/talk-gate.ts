/** What the last answers of Slack forbid: calls before a limit has passed, and more than a probe a minute with a dead token. */
import type { Instant } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { TalkState } from './talk.ts';

export interface Gate {
  /** Throws instead of letting a call through; a call let through with a dead token is the probe of this minute. */
  admit(limit: string, method: string): void;
  succeeded(): void;
  failed(limit: string, failure: Failure): void;
  state(): TalkState;
}

/** One probe a minute while the token is dead (reliability goal SL4). */
const DEAD_PAUSE_MS = 60_000;

export function createGate(clock: Clock): Gate {
  const notBefore = new Map<string, Instant>();
  let dead: { until: Instant; failure: Failure } | undefined;
  let state: TalkState = { kind: 'unknown' };
  const up = (): void => {
    if (state.kind !== 'ok') state = { kind: 'ok', since: clock.now() };
  };
  return {
    admit(limit, method) {
      const now = clock.now();
      const at = notBefore.get(limit);
      if (at !== undefined && now < at) throw new Failure('E_SLACK_LIMITED', `Slack limits ${limit}; not sent`, { retryAt: at });
      if (at !== undefined) notBefore.delete(limit);
      if (!dead) return;
      if (now < dead.until) throw stillDead(dead, method);
      dead = { ...dead, until: now + DEAD_PAUSE_MS };
    },
    succeeded() {
      dead = undefined;
      up();
    },
    failed(limit, failure) {
      if (failure.code === 'E_SLACK_LIMITED' && failure.retryAt !== undefined) notBefore.set(limit, failure.retryAt);
      if (failure.code === 'E_SLACK_AUTH') dead = { until: clock.now() + DEAD_PAUSE_MS, failure };
      else if (knewUs(failure)) dead = undefined;
      if (failure.code !== 'E_SLACK_AUTH' && knewUs(failure)) up();
      else if (state.kind !== 'down' || state.code !== failure.code) state = { kind: 'down', since: clock.now(), code: failure.code, because: failure.message };
    },
    state: () => state,
  };
}

function stillDead({ until, failure }: { until: Instant; failure: Failure }, method: string): Failure {
  return new Failure('E_SLACK_AUTH', `${failure.message}; ${method} was not sent`, { retryAt: until, ...(failure.hint && { hint: failure.hint }) });
}

/** Slack itself answered with a word or a limit: it is there, and it takes our token. */
const knewUs = (failure: Failure): boolean => failure.path !== undefined || failure.code !== 'E_SLACK';
