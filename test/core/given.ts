/** Builders for tables: given an incident, when something arrives, then this happened and that is wanted. */
import type { OpenIncident } from '../../src/core/correlate.ts';
import { decide, open } from '../../src/core/decide.ts';
import type { Context } from '../../src/core/draft.ts';
import { evolve } from '../../src/core/evolve.ts';
import type { Command, Decision, Incident, Input, Person, Signal, TimelineEvent } from '../../src/core/model.ts';
import type { Playbook, Step } from '../../src/core/playbook.ts';
import type { RollbackPlan } from '../../src/core/rollback.ts';
import type { Service } from '../../src/core/service.ts';
import { REST_OF_PLAN, REST_OF_POLICY, REST_OF_RULES } from '../rests.ts';

export const T0 = Date.UTC(2026, 10, 20, 3, 0, 0);
export const MINUTE = 60_000;

export const ada: Person = { slackId: 'U0ADA', name: 'Ada', rank: 'member', groups: [] };
export const grace: Person = { slackId: 'U0GRACE', name: 'Grace', rank: 'member', groups: ['S0APPROVE'] };
export const guest: Person = { slackId: 'U0GUEST', name: 'Gus', rank: 'guest', groups: [] };

export const service: Service = {
  name: 'checkout-api',
  repo: 'acme/shop',
  environment: 'production',
  playbook: 'error-rate',
  severity: 'sev2',
  call: ['S0ONCALL'],
  match: [{ service: 'checkout-api' }],
  links: [],
  health: {
    errorRate: {
      url: 'http://prometheus:9090',
      query: 'errors',
      traffic: undefined,
      threshold: 0.02,
      forMs: MINUTE,
      pollMs: 0,
      windowMs: 10 * MINUTE,
      quietMs: 2 * MINUTE,
      patienceMs: 10 * MINUTE,
      stepMs: 15_000,
    },
    urls: [],
    version: undefined,
  },
  logs: [],
  rollback: {
    ...REST_OF_RULES,
    strategies: [{ use: 'dispatch-workflow', options: {} }],
    approve: { require: 1, from: ['S0APPROVE'], requesterMay: false, expiresMs: 10 * MINUTE, ...REST_OF_POLICY },
    tagPrefix: '',
    migrations: [],
  },
  resolveAfterMs: 5 * MINUTE,
};

export const step = (id: string, use: string, more: Partial<Step> = {}): Step => ({
  id,
  use,
  by: ['collect', 'ask', 'rollback'].includes(use) ? 'human' : 'machine',
  title: id,
  text: undefined,
  params: {},
  owner: undefined,
  timeoutMs: undefined,
  next: {},
  ...more,
});

export const playbook: Playbook = {
  name: 'error-rate',
  title: 'Error rate',
  hash: 'abc',
  steps: [
    step('collect', 'collect', { params: { urls: 1, screenshots: 1 }, timeoutMs: 5 * MINUTE, next: { done: 'logs' } }),
    step('logs', 'check-logs', { next: { done: 'choose' } }),
    step('choose', 'ask', {
      params: {
        question: 'Roll back?',
        choices: [
          { id: 'yes', label: 'Roll back' },
          { id: 'no', label: 'Wait' },
        ],
      },
      next: { yes: 'back', no: 'tell' },
    }),
    step('back', 'rollback', { next: { done: 'verify', declined: 'tell', failed: 'tell', refused: 'tell' } }),
    step('verify', 'verify', { next: { 'no-effect': 'tell' } }),
    step('tell', 'notify', { params: { to: ['S0ONCALL', 'C0OPS'], message: 'look' } }),
  ],
};

export const signal = (more: Partial<Signal> = {}): Signal => ({
  source: 'alertmanager',
  fingerprint: 'f1',
  state: 'firing',
  at: T0,
  service: 'checkout-api',
  severity: 'sev2',
  summary: 'Checkout 5xx rate is 8.2 %',
  labels: { alertname: 'CheckoutHigh5xx' },
  links: [],
  ...more,
});

/** A row of the desk: an open incident of the service above. */
export const outline = (id: string, more: Partial<OpenIncident> = {}): OpenIncident => ({
  id,
  key: 'service:checkout-api',
  service: 'checkout-api',
  openedAt: T0,
  scope: 'service',
  services: ['checkout-api'],
  opened: 'alert',
  joinedAt: T0,
  alerts: 1,
  suspect: undefined,
  mergedInto: undefined,
  ...more,
});

export const plan: RollbackPlan = {
  strategy: 'dispatch-workflow',
  repo: 'acme/shop',
  environment: 'production',
  from: { tag: 'v2.14.0', sha: 'b'.repeat(40), publishedAt: T0 - MINUTE, url: 'https://github.com/acme/shop/releases/tag/v2.14.0' },
  to: { tag: 'v2.13.2', sha: 'a'.repeat(40), publishedAt: T0 - 90 * MINUTE, url: 'https://github.com/acme/shop/releases/tag/v2.13.2' },
  checks: [{ name: 'released', verdict: 'ok', because: 'published' }],
  actions: [{ kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { tag: 'v2.13.2' }, keyInput: undefined }],
  undo: [],
  compareUrl: 'https://github.com/acme/shop/compare/v2.13.2...v2.14.0',
  commits: 14,
  ...REST_OF_PLAN,
  authors: ['ada'],
  approve: service.rollback.approve,
};

/** An incident and its story, moved on by inputs. */
export class Story {
  incident: Incident;
  events: TimelineEvent[];
  last: Decision;
  now: number;
  readonly #context: Partial<Context>;

  constructor(context: Partial<Context> = {}, first: Signal | undefined = signal(), scope?: 'storm') {
    this.#context = context;
    this.now = T0;
    const because = 'first alert';
    const by = { kind: 'source', name: 'alertmanager' } as const;
    const opening = {
      id: 'INC-1',
      key: 'service:checkout-api',
      title: 'Checkout 5xx',
      service: 'checkout-api',
      severity: 'sev2',
      by,
      because,
      signal: first,
      evidence: [],
      ...(scope && { scope }),
    } as const;
    this.last = open(opening, this.context());
    this.events = [...this.last.events];
    this.incident = fold(this.events);
  }

  context(): Context {
    return { now: this.now, service, playbook, noLeadMs: 5 * MINUTE, announces: false, ...this.#context };
  }

  when(input: Input, afterMs = 1000): this {
    this.now += afterMs;
    this.last = decide(this.incident, input, this.context());
    this.events.push(...this.last.events);
    this.incident = fold(this.events);
    return this;
  }

  does(by: Person, command: Command, afterMs = 1000): this {
    return this.when({ kind: 'command', by, command }, afterMs);
  }

  withChannel(): this {
    return this.when({ kind: 'channelOpened', channel: { id: 'C1', name: 'inc-1' } });
  }

  /** … up to the rollback card that waits for approval. */
  asking(by: Person = ada): this {
    this.withChannel();
    this.does(by, { kind: 'requestRollback', tag: undefined, reason: 'it is the release', step: undefined });
    return this.when({ kind: 'rollbackPlanned', id: 'rb1', plan });
  }

  /** … up to the request having left us. */
  sent(id = 'rb1'): this {
    this.when({ kind: 'rollbackSending', id });
    return this.when({ kind: 'rollbackSent', id, run: { kind: 'run', id: 7, url: 'https://github.com/acme/shop/actions/runs/7' }, because: 'accepted' });
  }

  kinds(): string[] {
    return this.last.events.map(({ kind }) => kind);
  }

  keys(): string[] {
    return this.last.effects.map(({ key }) => key);
  }
}

function fold(events: readonly TimelineEvent[]): Incident {
  const incident = events.reduce<Incident | undefined>(evolve, undefined);
  if (!incident) throw new Error('the story opens nothing');
  return incident;
}
