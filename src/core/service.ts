/** One entry of services.yml after loading. */
import type { Joining, Noise } from './correlate-rules.ts';
import type { EvidenceRules } from './evidence.ts';
import type { Json, Link, Severity } from './model.ts';
import type { ApiAsk } from './quota.ts';
import type { Approve } from './rollback.ts';
import type { Watching } from './watched.ts';

export interface Service {
  readonly name: string;
  /** `owner/name` on GitHub; undefined: incidents yes, rollbacks no. */
  readonly repo: string | undefined;
  readonly environment: string;
  readonly playbook: string | undefined;
  /** Severity when the alert says none. */
  readonly severity: Severity;
  /** Slack users (U…) and user groups (S…) invited and called when an incident opens. */
  readonly call: readonly string[];
  /** Label sets; a signal belongs here when all labels of one set are equal (`*` = any value). */
  readonly match: readonly Readonly<Record<string, string>>[];
  readonly links: readonly Link[];
  readonly health: {
    readonly errorRate: ErrorRate | undefined;
    /** Key URLs, probed by GET. */
    readonly urls: readonly UrlProbe[];
    /** Says which release runs. `field` is a dot path into the JSON answer; undefined: the whole body, trimmed. */
    readonly version: VersionAsk | undefined;
    /** HTTP APIs it depends on. */
    readonly apis?: readonly ApiAsk[];
  };
  /** What may be opened and looked at besides `health` when something is reported; without it nothing. */
  readonly evidence?: EvidenceRules;
  /** First backend that answers is used. */
  readonly logs: readonly { readonly use: string; readonly options: Json }[];
  readonly rollback: {
    /** Ordered; the first applicable strategy makes the plan. */
    readonly strategies: readonly { readonly use: string; readonly options: Json }[];
    readonly approve: Approve;
    /** Only tags with this prefix are releases of this service; for repositories that hold several. */
    readonly tagPrefix: string;
    readonly migrations: readonly string[];
    /** How to find out whether a migration was run; undefined: people are asked. */
    readonly migrationsRun: { readonly use: string; readonly options: Json } | undefined;
    /** Globs of files whose change deserves a look, by what they are. */
    readonly watch: WatchGlobs;
    /** What must still exist of a release for a rollback to it to work. */
    readonly artifacts: readonly ArtifactAsk[];
    readonly automatic: Automatic | undefined;
  };
  /** All alerts gone and nobody ever acted: resolve after this long. */
  readonly resolveAfterMs: number;
  /** How alerts of this service find their incident; without it as `JOINING` says. */
  readonly joining?: Joining;
}

/** Where to ask which release runs: each address so many times, because a balancer hides replicas. */
export interface VersionAsk {
  readonly urls: readonly string[];
  /** Dot path into the JSON answer; undefined: the whole body, trimmed. */
  readonly field: string | undefined;
  readonly times: number;
}

export interface WatchGlobs {
  readonly config: readonly string[];
  readonly locks: readonly string[];
  readonly api: readonly string[];
  readonly infrastructure: readonly string[];
}

/** `{{ tag }}` in each text stands for the tag to go back to, `{{ version }}` for it without its prefix and `v`. */
export type ArtifactAsk =
  | { readonly kind: 'asset'; readonly name: string }
  | { readonly kind: 'package'; readonly type: string; readonly name: string; readonly version: string }
  | { readonly kind: 'image'; readonly image: string };

/** A rollback that nobody asks for. Off unless it stands in services.yml. */
export interface Automatic {
  /** Label sets as in `match`: only these alerts start one. */
  readonly alerts: readonly Readonly<Record<string, string>>[];
  /** Only so soon after the release that runs. */
  readonly withinMs: number;
  /** How long people have to stop it. */
  readonly countdownMs: number;
}

export interface ErrorRate {
  /** Prometheus-compatible API, `http://prometheus:9090`. */
  readonly url: string;
  /** Must give one series: errors ÷ requests, 0…1. */
  readonly query: string;
  /** Requests per second; makes "too little traffic to tell" possible. */
  readonly traffic: string | undefined;
  /** Fraction, 0…1. */
  readonly threshold: number;
  /** How long above the threshold before an incident opens. */
  readonly forMs: number;
  /** Poll interval; 0: not polled, alerts come by webhook. */
  readonly pollMs: number;
  /** Length of the baseline and of the window after a rollback. */
  readonly windowMs: number;
  /** How long the rate must stay good before "recovered" is said. */
  readonly quietMs: number;
  /** No effect after this long: say so. */
  readonly patienceMs: number;
  /** Distance of samples asked for. */
  readonly stepMs: number;
}

export interface UrlProbe {
  readonly url: string;
  readonly expectStatus: number;
  readonly maxMs: number;
  readonly contains: string | undefined;
  readonly pollMs: number;
  readonly forMs: number;
}

/** Who may act from a terminal, when Slack is down, and as which person of Slack. */
export interface Operator {
  readonly name: string;
  /** Their Slack user id: the same person as there, so that nobody approves their own request from the other side. */
  readonly slackId: string;
  /** Ids of the user groups they are in; Slack cannot be asked then. */
  readonly groups: readonly string[];
  /** Of their personal token, 64 hex digits; the token itself is nowhere but with them. */
  readonly tokenSha256: string;
}

/** services.yml as a whole. */
export interface Catalog extends Watching {
  readonly services: readonly Service[];
  readonly operators: readonly Operator[];
  /** Slack channel id of the one living announcement per incident; undefined: none. */
  readonly announce: string | undefined;
  readonly channelPrefix: string;
  /** Used by incidents whose service has none of its own, or no service at all. */
  readonly defaultPlaybook: string | undefined;
  /** How `POST /webhooks/generic` reads a body; see sources/generic.ts. */
  readonly generic: Json;
  /** Storms, maintenance and the bot's own alerts; without it as `NOISE` says. */
  readonly noise?: Noise;
}
