/** Who sits at the terminal: known by a personal token, of which services.yml holds the hash. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Person } from '../core/model.ts';
import type { Operator } from '../core/service.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';

const WINDOW_MS = 60_000;
const FREE_FAILURES = 10;
const SLOW_ANSWER_MS = 1_000;

export interface OperatorDesk {
  /** Throws E_AUTH, with the same words whatever the cause; after ten failures in a minute that takes a second. A right token is never slowed. */
  identify(token: string): Promise<Operator>;
}

/** `operators` is read at each request: whoever is taken out of services.yml is out at once. */
export function createOperatorDesk({ operators, clock }: { operators(): readonly Operator[]; clock: Clock }): OperatorDesk {
  let failures = { since: 0, count: 0 };
  const tooMany = (): boolean => {
    const now = clock.now();
    if (now - failures.since >= WINDOW_MS) failures = { since: now, count: 0 };
    failures.count += 1;
    return failures.count > FREE_FAILURES;
  };
  return {
    async identify(token) {
      const given = hash('sha256', token, 'buffer');
      let found: Operator | undefined;
      // Every hash is compared, so the time says nothing.
      for (const operator of operators()) if (timingSafeEqual(Buffer.from(operator.tokenSha256, 'hex'), given)) found = operator;
      if (found) return found;
      if (tooMany()) await new Promise<void>((resolve) => clock.at(clock.now() + SLOW_ANSWER_MS, resolve));
      throw new Failure('E_AUTH', 'no operator of services.yml has this token; nothing was done', {
        hint: 'Make one with: tagback operator-token NAME, and put the line it prints under operators: in services.yml',
      });
    },
  };
}

/** The same person as in Slack, so that the policy holds on both sides. */
export const personOf = ({ slackId, name, groups }: Operator): Person => ({ slackId, name, rank: 'member', groups });

/** A fresh token, and what services.yml may know of it. 256 bits: nobody guesses it, so a plain hash is enough. */
export function newToken(): { readonly token: string; readonly sha256: string } {
  const token = `tbop_${randomBytes(32).toString('base64url')}`;
  return { token, sha256: hash('sha256', token, 'hex') };
}

/** What `tagback operator-token NAME` prints: the token for the person, the line for services.yml. */
export function printToken(name: string, { token, sha256 } = newToken()): readonly string[] {
  return [
    `Token of ${name}; it is shown this once and stored nowhere. Keep it in a password manager:`,
    '',
    `  export TAGBACK_OPERATOR_TOKEN=${token}`,
    '',
    `In services.yml, with ${name}'s own Slack user id and the user groups (S…) they are in:`,
    '',
    'operators:',
    `  - { name: ${name}, slack: U…, groups: [], token_sha256: ${sha256} }`,
  ];
}
