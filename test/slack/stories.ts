/** Whole incidents played through the real core, one state after the other, with texts that try to do harm. */
import { decide, open } from '../../src/core/decide.ts';
import type { Context } from '../../src/core/draft.ts';
import { fold } from '../../src/core/evolve.ts';
import type { Command, Incident, Input, Person, TimelineEvent } from '../../src/core/model.ts';
import type { Playbook, Step } from '../../src/core/playbook.ts';
import type { RollbackPlan } from '../../src/core/rollback.ts';
import type { Service } from '../../src/core/service.ts';
import { REST_OF_PLAN, REST_OF_POLICY, REST_OF_RULES } from '../rests.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
/** Pings, a link that lies, hidden and turning characters, markup, a very long tail. */
export const EVIL = `<!channel> <@U999> <#C999> <http://evil.example|click> & *bold* \`code\` \u202etxet\u202c \u200bhidden ${'x'.repeat(400)}`;

export const ada: Person = { slackId: 'U0ADA', name: 'Ada', rank: 'member', groups: [] };
export const bob: Person = { slackId: 'U0BOB', name: 'Bob', rank: 'member', groups: ['S0SRE'] };
export const guest: Person = { slackId: 'U0GUEST', name: 'Gus', rank: 'guest', groups: [] };

export function service(more: Partial<Service> = {}): Service {
  return {
    name: 'checkout-api',
    repo: 'acme/checkout',
    environment: 'production',
    playbook: 'error-rate',
    severity: 'sev2',
    call: ['U0ADA', 'S0SRE'],
    match: [],
    links: [{ title: 'dashboard', url: 'https://grafana.example/d/1' }],
    health: { errorRate: undefined, urls: [], version: undefined },
    logs: [],
    rollback: {
      ...REST_OF_RULES,
      strategies: [{ use: 'dispatch-workflow', options: {} }],
      approve: { require: 1, from: ['U0ADA', 'S0SRE'], requesterMay: false, expiresMs: 900_000, ...REST_OF_POLICY },
      tagPrefix: '',
      migrations: [],
    },
    resolveAfterMs: 300_000,
    ...more,
  };
}

const step = (id: string, use: string, more: Partial<Step> = {}): Step => ({
  id,
  use,
  by: ['collect', 'ask', 'rollback'].includes(use) ? 'human' : 'machine',
  title: id,
  text: 'Do this first.',
  params: {},
  owner: 'lead',
  timeoutMs: undefined,
  next: {},
  ...more,
});

export function playbook(words = 'Error rate'): Playbook {
  return {
    name: 'error-rate',
    title: words,
    hash: '0123456789ab',
    steps: [
      step('collect', 'collect', { title: `Collect ${words}`, params: { urls: 1, screenshots: 1 }, next: { done: 'logs' } }),
      step('logs', 'check-logs', { title: 'Check the logs', next: { done: 'tell', fail: 'decide' } }),
      step('tell', 'notify', {
        title: 'Tell support',
        params: { to: ['U0BOB', 'S0SRE', 'C0HELP'], message: `Please look: ${words}` },
        next: { done: 'decide' },
      }),
      step('decide', 'ask', {
        title: 'Decide',
        params: {
          question: `Is it the release? ${words}`,
          choices: [
            { id: 'yes', label: 'Yes, roll back' },
            { id: 'no', label: words.slice(0, 75) },
          ],
        },
        next: { yes: 'rollback' },
      }),
      step('rollback', 'rollback', { title: 'Roll back', next: { done: 'verify' } }),
      step('verify', 'verify', { title: 'Verify' }),
    ],
  };
}

export function plan(words = 'fine', more: Partial<RollbackPlan> = {}): RollbackPlan {
  const release = (tag: string, digit: string) => ({
    tag,
    sha: digit.repeat(40),
    publishedAt: NOW - 86_400_000,
    url: `https://github.com/acme/checkout/releases/tag/${tag}`,
  });
  return {
    ...REST_OF_PLAN,
    strategy: 'dispatch-workflow',
    repo: 'acme/checkout',
    environment: 'production',
    from: release('v2.14.0', 'a'),
    to: release('v2.13.2', 'b'),
    checks: [
      { name: 'target exists', verdict: 'ok', because: 'published 6 days ago' },
      {
        name: 'migrations',
        verdict: 'warn',
        because: words,
        files: ['db/1.sql', 'db/2.sql', 'db/<!here>.sql', 'd', 'e', 'f'],
        url: 'https://github.com/acme/checkout/compare/a...b',
      },
      { name: 'artifact', verdict: 'block', because: words },
    ],
    actions: [
      { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'v2.13.2', inputs: { tag: 'v2.13.2' }, keyInput: undefined },
      { kind: 'markRelease', releaseId: 1, tag: 'v2.13.2', latest: true, prerelease: false },
    ],
    undo: [],
    compareUrl: 'https://github.com/acme/checkout/compare/v2.13.2...v2.14.0',
    commits: 12,
    authors: ['ada', words.slice(0, 60), 'c', 'd', 'e', 'f', 'g'],
    approve: { require: 2, from: ['U0ADA', 'U0BOB', 'S0SRE'], requesterMay: true, expiresMs: 900_000, ...REST_OF_POLICY },
    ...more,
  };
}

export interface Story {
  readonly name: string;
  /** The incident after each event, oldest first. */
  readonly states: readonly Incident[];
  readonly events: readonly TimelineEvent[];
}

export function contextOf(words: string, at: number): Context {
  return { now: at, service: service(), playbook: playbook(words), noLeadMs: 60_000, announces: true };
}

/** Plays inputs one after the other; a refused one changes nothing. */
export function play(name: string, inputs: readonly Input[], words = 'checkout fails'): Story {
  const opening = {
    id: 'INC-42',
    key: 'service:checkout-api',
    title: words,
    service: 'checkout-api',
    severity: 'sev2',
    by: { kind: 'source', name: 'alertmanager' },
    because: `same service, ${words}`.slice(0, 300),
    signal: signal('f1', 'firing', words),
    evidence: [],
  } as const;
  let events = [...open(opening, contextOf(words, NOW)).events];
  let at = NOW;
  for (const input of inputs) {
    const now = fold(events);
    if (!now) throw new Error('an incident that never opened');
    at += 30_000;
    events = [...events, ...decide(now, input, contextOf(words, at)).events];
  }
  const states = events.map((_, end) => fold(events.slice(0, end + 1))).filter((state) => state !== undefined);
  return { name, states, events };
}

export function signal(fingerprint: string, state: 'firing' | 'resolved', words: string) {
  const links = [{ title: words.slice(0, 80), url: 'https://prometheus.example/graph' }];
  return {
    source: 'alertmanager',
    fingerprint,
    state,
    at: NOW,
    service: 'checkout-api',
    severity: 'sev2',
    summary: words,
    labels: { pod: words },
    links,
  } as const;
}

export const said = (by: Person, command: Command): Input => ({ kind: 'command', by, command });
const ended = (id: string, outcome: string, data: Readonly<Record<string, string | number | readonly string[]>> = {}): Input => ({
  kind: 'stepEnded',
  step: id,
  run: 1,
  ending: { kind: 'done', outcome, say: `${id} says ${outcome}`, data },
});

function beginning(words: string): Input[] {
  const url = { kind: 'url', url: 'https://shop.example/cart?a=1&b=<x>', by: 'Ada', at: NOW } as const;
  const picture = {
    kind: 'screenshot',
    fileId: 'F0PIC',
    name: words.slice(0, 100),
    permalink: 'https://acme.slack.com/files/U0ADA/F0PIC/x.png',
    by: 'Ada',
    at: NOW,
  } as const;
  return [
    { kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc-42-checkout' } },
    { kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: NOW - 240_000 } },
    { kind: 'timer', timer: { name: 'noLead' } },
    { kind: 'signal', signal: signal('f2', 'firing', words), because: 'same service, opened 1 min ago' },
    said(ada, { kind: 'acknowledge' }),
    said(ada, { kind: 'takeRole', role: 'comms', person: { slackId: 'U0BOB', name: words.slice(0, 200) } }),
    said(ada, { kind: 'setSeverity', severity: 'sev1' }),
    said(ada, { kind: 'note', text: words, permalink: 'https://acme.slack.com/archives/C0INC/p1', at: NOW }),
    said(ada, { kind: 'update', text: `${words}\n\n${words}` }),
    said(ada, { kind: 'answerStep', step: 'collect', run: 1, choice: undefined, items: [] }),
    said(ada, { kind: 'addEvidence', items: [url, { kind: 'note', text: words, by: 'Ada', at: NOW }] }),
    said(ada, { kind: 'answerStep', step: 'collect', run: 1, choice: undefined, items: [picture] }),
    ended('logs', 'done', { top_errors: [words, 'KeyError: x'], lines: 120 }),
    ended('tell', 'done'),
    said(ada, { kind: 'answerStep', step: 'decide', run: 1, choice: 'yes', items: [] }),
  ];
}

const END = { code: 'E_GITHUB', because: 'GitHub says no' } as const;

export function stories(words: string): Story[] {
  const begun = beginning(words);
  const planned: Input[] = [...begun, { kind: 'rollbackPlanned', id: 'rb1', plan: plan(words) }];
  const approved: Input[] = [...planned, said(bob, { kind: 'approveRollback', rollback: 'rb1' }), said(ada, { kind: 'approveRollback', rollback: 'rb1' })];
  const sent: Input[] = [
    ...approved,
    { kind: 'rollbackSent', id: 'rb1', run: { kind: 'run', id: 7, url: 'https://github.com/acme/checkout/actions/runs/7' }, because: 'found by its key' },
    { kind: 'rollbackMoved', id: 'rb1', status: 'in progress', job: words.slice(0, 80) },
  ];
  const done: Input[] = [...sent, { kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' }];
  const verdict = (kind: 'recovered' | 'better' | 'no-effect' | 'worse' | 'blind'): Input => ({
    kind: 'stepEnded',
    step: 'verify',
    run: 1,
    ending: {
      kind: 'done',
      outcome: kind,
      say: kind,
      data: {},
      verdict: {
        kind,
        at: NOW,
        because: words,
        baseline: kind === 'blind' ? undefined : 0.004,
        during: 0.082,
        after: 0.0003,
        runs: kind === 'blind' ? undefined : 'v2.13.2',
      },
    },
  });
  const over: Input[] = [
    ...done,
    verdict('recovered'),
    { kind: 'signal', signal: signal('f1', 'resolved', words), because: 'same alert' },
    { kind: 'signal', signal: signal('f2', 'resolved', words), because: 'same alert' },
    said(ada, { kind: 'resolve', summary: words }),
    { kind: 'postmortemWritten', location: 'https://acme.slack.com/archives/C0INC/p2' },
    said(ada, { kind: 'reopen', reason: words }),
  ];
  const outcome = (kind: 'refused' | 'failed' | 'unknown'): Input => ({ kind: 'rollbackEnded', id: 'rb1', outcome: kind, ...END });
  return [
    play('recovers', over, words),
    ...(['better', 'no-effect', 'worse', 'blind'] as const).map((kind) => play(`verdict ${kind}`, [...done, verdict(kind)], words)),
    play('refused', [...begun, outcome('refused')], words),
    play('failed', [...sent, outcome('failed')], words),
    play('unknown', [...sent, outcome('unknown')], words),
    play('declined', [...planned, said(bob, { kind: 'declineRollback', rollback: 'rb1', reason: words })], words),
    play('cancelled', [...planned, said(bob, { kind: 'cancelRollback', rollback: 'rb1' })], words),
    play('expired', [...planned, { kind: 'timer', timer: { name: 'approvalExpires', rollback: 'rb1' } }], words),
    play(
      'a step fails',
      [
        ...begun.slice(0, 12),
        { kind: 'stepEnded', step: 'logs', run: 1, ending: { kind: 'failed', code: 'E_LOGS', say: words } },
        said(ada, { kind: 'skipStep', step: 'decide', run: 1, reason: words }),
        { kind: 'effectFailed', effect: { key: 'dress:topic', due: NOW, kind: 'dress', what: 'topic' }, code: 'E_SLACK_SCOPE', text: words },
      ],
      words,
    ),
  ];
}
