/** Rollbacks at every turn they can take, told through the real core; `words` stands wherever text comes from outside. */
import { fold } from '../../src/core/evolve.ts';
import type { EventBody, Incident, Input, Person, TimelineEvent } from '../../src/core/model.ts';
import type { Check, Rollback, RollbackPlan } from '../../src/core/rollback.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { REST_OF_POLICY } from '../rests.ts';
import { ada, bob, NOW, plan, play, type Story, said } from './stories.ts';

export const cleo: Person = { slackId: 'U0CLEO', name: 'Cleo', rank: 'member', groups: ['S0SRE'] };

export const OK: readonly Check[] = ['Target', 'Running now', 'Workflow', 'Other deployments'].map((name) => ({
  name,
  verdict: 'ok',
  because: 'as it should be',
}));
export const amber = (words: string): Check => ({
  name: 'Dependencies',
  verdict: 'warn',
  because: words,
  files: ['package-lock.json'],
  watch: `errors that name a package, ${words}`,
});
export const red = (words: string): Check => ({
  name: 'Migrations',
  verdict: 'danger',
  because: words,
  files: ['db/migrate/0007_drop_cart.sql', `db/migrate/${words.slice(0, 60)}.sql`],
  url: 'https://github.com/acme/checkout/compare/a...b#diff-1',
});
export const question = (words: string): Check => ({
  name: 'Migrations',
  verdict: 'warn',
  because: words,
  files: ['db/7.sql'],
  watch: words,
  asks: 'migrations',
});

const others = (words: string): RollbackPlan['others'] => [
  { strategy: 'rerun-deploy', applicable: true, because: 'comes later in services.yml' },
  { strategy: 'make-latest', applicable: false, because: words },
];

/** A plan as the pre-flight makes it: the light follows from the checks. */
export function lit(light: RollbackPlan['light'], words = 'words', more: Partial<RollbackPlan> = {}): RollbackPlan {
  const loud = { green: [], amber: [amber(words)], red: [amber(words), red(words)] }[light];
  const approve = { require: 1, from: ['S0SRE'], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY };
  return plan(words, { light, checks: [...OK, ...loud], pulls: [12, 11], undo: plan(words).actions, approve, ...more });
}

/** The way forward that takes a plan back. */
export function forward({ from, to, actions, ...rest }: RollbackPlan): RollbackPlan {
  return { ...rest, direction: 'forward', from: to, to: from, actions, undo: [] };
}

const channel: Input = { kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc-42-checkout' } };
const GLASS = { breakGlass: ['U0BOB'], quiet: [{ days: [6, 0], from: 1320, to: 360, zone: 'Europe/Berlin', require: 3 }] } as const;
const RUN = { kind: 'run', id: 7, url: 'https://github.com/acme/checkout/actions/runs/7' } as const;
export const REASON = 'the new code eats carts';

export const asked = (reason = '5xx rose'): Input => said(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason, step: undefined });
export const planned = (made: RollbackPlan, id = 'rb1'): Input => ({ kind: 'rollbackPlanned', id, plan: made });
export const beginning = (made: RollbackPlan): Input[] => [channel, asked(), planned(made)];
const approved = (by: Person, reason?: string): Input => said(by, { kind: 'approveRollback', rollback: 'rb1', ...(reason !== undefined && { reason }) });
const sending: Input = { kind: 'rollbackSending', id: 'rb1' };
const sent: Input = { kind: 'rollbackSent', id: 'rb1', run: RUN, because: 'GitHub took it', usualMs: 240_000 };
const moved = (status: string, job?: string): Input => ({ kind: 'rollbackMoved', id: 'rb1', status, job });
const ended = (outcome: 'done' | 'refused' | 'failed' | 'unknown', because: string, log?: readonly string[]): Input => ({
  kind: 'rollbackEnded',
  id: 'rb1',
  outcome,
  code: outcome === 'done' ? undefined : 'E_GITHUB',
  because,
  ...(log && { log }),
});
export const tracked = (made: RollbackPlan): Input[] => [...beginning(made), approved(bob), sending, sent];
export const done = (made: RollbackPlan): Input[] => [...tracked(made), moved('in_progress', 'deploy'), ended('done', 'the run succeeded')];

export function verdict(kind: Verdict['kind'], because: string, still?: Verdict['still']): Input {
  const seen = kind === 'blind' ? undefined : 0.08;
  const runs = still === undefined ? 'v2.13.2' : still.count === still.asked ? still.tag : undefined;
  const reached: Verdict = { kind, at: NOW + 3_600_000, because, baseline: 0.004, during: 0.082, after: seen, runs, ...(still && { still }) };
  return { kind: 'stepEnded', step: 'verify', run: 1, ending: { kind: 'done', outcome: kind, say: kind, data: {}, verdict: reached } };
}

export function rollbackStories(words: string): Story[] {
  const green = lit('green', words);
  const policy = { ...green.approve, ...GLASS };
  const broken = lit('red', words, { approve: policy });
  const undone: Input[] = [...done(green), verdict('no-effect', words), said(ada, { kind: 'undoRollback', rollback: 'rb1', reason: words })];
  const log = Array.from({ length: 40 }, (_, at) => `${at}: ${words}`);
  return [
    play('green', beginning(green), words),
    play('amber', beginning(lit('amber', words, { others: others(words), approve: policy })), words),
    play('red, one agrees', [...beginning(broken), approved(bob, words.length < 10 ? REASON : words)], words),
    play('red, both agree', [...beginning(broken), approved(bob, REASON), approved(cleo, words.length < 10 ? REASON : words)], words),
    play(
      'a question',
      [...beginning(lit('amber', words, { checks: [...OK, question(words)] })), said(bob, { kind: 'answerMigrations', rollback: 'rb1', run: true })],
      words,
    ),
    play(
      'another way',
      [...beginning(lit('amber', words, { others: others(words) })), said(bob, { kind: 'chooseStrategy', rollback: 'rb1', strategy: 'rerun-deploy' })],
      words,
    ),
    play('glass', [...beginning(broken), said(bob, { kind: 'breakGlass', rollback: 'rb1', reason: words.length < 10 ? REASON : words })], words),
    play('progress', [...tracked(green), moved('queued'), moved('waiting', words), moved('in_progress', words), moved(words || 'x')], words),
    play('fails', [...tracked(green), moved('completed', words || 'deploy'), ended('failed', words, log)], words),
    play('fails without words', [...tracked(green), ended('failed', words)], words),
    play('unclear', [...tracked(green), ended('unknown', words)], words),
    play('taken back', [...undone, planned(forward(green), 'rb2')], words),
    play('taken back and refused', [...undone, planned(forward(green), 'rb2'), said(bob, { kind: 'declineRollback', rollback: 'rb2', reason: words })], words),
    play('not live', [...done(green), verdict('no-effect', words, { tag: 'v2.14.0', count: 2, asked: 3 })], words),
    counting(words),
    play(
      'outside',
      [
        channel,
        {
          kind: 'changedOutside',
          change: {
            what: 'deployment',
            tag: words,
            environment: words,
            state: words,
            by: words,
            url: `https://github.com/${encodeURIComponent(words)}`,
            at: NOW,
          },
        },
      ],
      words,
    ),
    crowded(words),
  ];
}

/** Nobody asked for it. */
export function counting(words: string): Story {
  const { events } = play('automatic', [channel], words);
  const by = { kind: 'bot' } as const;
  const bodies: EventBody[] = [
    { kind: 'rollbackRequested', id: 'rb1', step: undefined, tag: undefined, reason: words, automatic: true },
    { kind: 'rollbackPlanned', id: 'rb1', plan: lit('green', words), expiresAt: NOW + 600_000 },
    { kind: 'rollbackCounting', id: 'rb1', startsAt: NOW + 90_000 },
  ];
  return told('automatic', [...events, ...bodies.map((body): TimelineEvent => ({ ...body, at: NOW, by, because: 'services.yml allows it' }))]);
}

/** More of everything than a message holds. */
function crowded(words: string): Story {
  const many = <T>(make: (at: number) => T): T[] => Array.from({ length: 30 }, (_, at) => make(at));
  const files = many((at) => `src/${words.slice(0, 80)}/${at}.ts`);
  const checks = many((at): Check[] => [
    { ...red(words), files },
    { ...amber(words), files },
    { name: `${words} ${at}`, verdict: 'ok', because: words },
  ]).flat();
  const ways = many((at) => ({ strategy: `way-${at}`, applicable: at % 2 === 0, because: words }));
  return play('crowded', beginning(lit('red', words, { checks, others: ways, pulls: many((at) => 1_000 + at), authors: many(() => words) })), words);
}

function told(name: string, events: readonly TimelineEvent[]): Story {
  return { name, events, states: events.map((_, end) => fold(events.slice(0, end + 1))).filter((state) => state !== undefined) };
}

/** The newest state of a story, and its only rollback. */
export const lastOf = ({ name, states }: Story): Incident => {
  const last = states.at(-1);
  if (!last) throw new Error(`${name} has no state`);
  return last;
};
export const rollbackIn = (incident: Incident, id = 'rb1'): Rollback => {
  const found = incident.rollbacks[id];
  if (!found) throw new Error(`no ${id}`);
  return found;
};
