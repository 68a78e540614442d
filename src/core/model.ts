/**
 * The nouns. One word per thing, everywhere: in code, in Slack, in the docs.
 *
 *   signal     one alert (or report) of one delivery, normalised; the same fingerprint is always the same alert
 *   alert      what an incident remembers of its signals: one entry per fingerprint
 *   incident   one problem of one service, from the first signal to the last word
 *   event      one thing that happened to an incident, and why; the list of events is the only truth
 *   effect     one thing to do next, as data; born in `decide`, performed by the engine, never in `evolve`
 *   input      one thing that arrives: a signal, a person's command, a result of an effect, a timer
 *   playbook   the steps a team wrote down; the copy an incident started with never changes
 *   step       one line of a playbook; a human answers it or the machine runs it
 *   ending     how one run of a step ended
 *   plan       a rollback as a printable value; while you can read it, nothing has happened
 *   verdict    did it help: recovered, better, no-effect, worse or blind
 *   slot       one message the bot owns in a channel; it is re-rendered from state, never appended to
 */
import type { Alert, Arrival, Link, Moved, Signal, Tally } from './alert.ts';
import type { CauseCommand, CauseEventBody, Causes } from './causes.ts';
import type { BoardRow, Evidence, EvidenceCommand, EvidenceEffectBody, EvidenceEventBody, EvidenceInput, Reporter } from './evidence.ts';
import type { Playbook, StepId } from './playbook.ts';
import type { Rollback, RollbackCommand, RollbackEventBody, RollbackId, RollbackInput } from './rollback.ts';
import type { Verdict } from './verdict.ts';

export type { Alert, Evidence, Link, Signal };

/** Milliseconds since 1970-01-01 UTC. */
export type Instant = number;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Phase = 'open' | 'mitigated' | 'resolved';
export type Severity = 'sev1' | 'sev2' | 'sev3';
export type Role = 'lead' | 'comms' | 'scribe';
/** `INC-42`. */
export type IncidentId = string;

/** A person as the workspace knew them at the moment they acted. */
export interface Person {
  readonly slackId: string;
  readonly name: string;
  /** Guests, bots, deactivated people and people of another workspace may look, but decide nothing. */
  readonly rank: 'member' | 'guest' | 'bot' | 'foreign' | 'deactivated';
  /** Ids of those user groups, among the ones a policy names, that the person was in at that moment. */
  readonly groups: readonly string[];
}

export type Actor =
  | { readonly kind: 'human'; readonly slackId: string; readonly name: string }
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'bot' };

export interface StepState {
  readonly state: 'active' | 'done' | 'failed' | 'skipped';
  /** Counts from 1; a step can run again after a retry or a loop. */
  readonly run: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant | undefined;
  readonly outcome: string | undefined;
  readonly say: string | undefined;
  /** What later conditions may read: `check_logs.new_errors`. */
  readonly data: Readonly<Record<string, Json>>;
}

/** The fold of an incident's events. */
export interface Incident {
  readonly id: IncidentId;
  /** Number of events folded so far; also the number the next event will get. */
  readonly version: number;
  readonly key: string;
  readonly title: string;
  readonly service: string;
  readonly phase: Phase;
  readonly severity: Severity;
  readonly openedAt: Instant;
  readonly openedBecause: string;
  readonly openedBy: Actor;
  readonly acknowledgedAt: Instant | undefined;
  readonly mitigatedAt: Instant | undefined;
  readonly resolvedAt: Instant | undefined;
  readonly channel: { readonly id: string; readonly name: string } | undefined;
  readonly roles: Readonly<Partial<Record<Role, { readonly slackId: string; readonly name: string }>>>;
  /** Slack ids of everyone who did something here; alerts close nothing while people are active. */
  readonly people: readonly string[];
  /** A storm is one incident of many services that belongs to none of them. */
  readonly scope: 'service' | 'storm';
  readonly alerts: Readonly<Record<string, Alert>>;
  /** Alerts beyond those kept one by one. */
  readonly tallies: readonly Tally[];
  /** When the last alert came that was new here. */
  readonly joinedAt: Instant;
  /** How often an alert opened it again; people who do it are not counted. */
  readonly reopenings: number;
  /** Where its alerts went when people put it into another one. */
  readonly mergedInto: IncidentId | undefined;
  readonly release: ReleaseFacts | undefined;
  readonly playbook: Playbook | undefined;
  readonly steps: Readonly<Record<StepId, StepState>>;
  readonly current: StepId | undefined;
  readonly evidence: readonly Evidence[];
  /** What the addresses people named answered; see evidence.ts. */
  readonly board: readonly BoardRow[];
  readonly reporters: readonly Reporter[];
  /** What people said about the errors that were found. */
  readonly causes: Causes;
  readonly rollbacks: Readonly<Record<RollbackId, Rollback>>;
  readonly verdict: Verdict | undefined;
  /** What each verdict's message says, by its slot; newest last. */
  readonly verdicts: Readonly<Record<Slot, Verdict>>;
  readonly update: { readonly text: string; readonly at: Instant } | undefined;
  readonly links: readonly Link[];
  /** Where the written postmortem can be read. */
  readonly postmortem: string | undefined;
  /** What the bot could not do and told people about; newest last. */
  readonly troubles: readonly Trouble[];
  /** What others changed while it was open; newest last. */
  readonly outside: readonly OutsideChange[];
}

export interface Trouble {
  readonly at: Instant;
  readonly effect: string;
  readonly code: string;
  readonly text: string;
}

/** What ran when the incident opened. `undefined` members could not be found out; that is never read as "none". */
export interface ReleaseFacts {
  readonly current: string | undefined;
  readonly previous: string | undefined;
  readonly deployedAt: Instant | undefined;
}

/** Something that changed what runs, or may soon, and that we did not do. */
export interface OutsideChange {
  readonly what: 'release' | 'deployment' | 'run' | 'tag';
  /** The tag it is about, if it is about one. */
  readonly tag: string | undefined;
  readonly environment: string | undefined;
  /** `success`, `failure`, `published`, `moved`, … as GitHub words it. */
  readonly state: string;
  readonly by: string | undefined;
  readonly url: string;
  readonly at: Instant;
}

/** What happened, and why a tired human would accept it. Card, postmortem, metrics are folds of this list. */
export type TimelineEvent = { readonly at: Instant; readonly by: Actor; readonly because: string } & EventBody;

export type EventBody =
  | {
      readonly kind: 'opened';
      readonly id: IncidentId;
      readonly key: string;
      readonly title: string;
      readonly service: string;
      readonly severity: Severity;
      readonly links: readonly Link[];
      readonly scope?: Incident['scope'];
      /** A person reported it; without it an alert came, or it was split off another one. */
      readonly via?: 'report';
    }
  | { readonly kind: 'alerted'; readonly signal: Signal }
  | { readonly kind: 'alertCleared'; readonly signal: Signal }
  /** Alerts beyond those kept one by one: how their numbers changed. */
  | { readonly kind: 'alertsCounted'; readonly changes: readonly Tally[] }
  /** To another incident: these alerts, and the counted ones of these services. */
  | { readonly kind: 'alertsLeft'; readonly alerts: readonly string[]; readonly services: readonly string[] | 'all'; readonly to: IncidentId }
  | ({ readonly kind: 'alertsCame'; readonly from: IncidentId } & Moved)
  | { readonly kind: 'channelOpened'; readonly channel: { readonly id: string; readonly name: string } }
  | { readonly kind: 'releaseSeen'; readonly release: ReleaseFacts }
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'roleTaken'; readonly role: Role; readonly slackId: string; readonly name: string }
  | { readonly kind: 'severityChanged'; readonly to: Severity }
  | { readonly kind: 'noted'; readonly text: string; readonly permalink: string | undefined }
  | { readonly kind: 'updated'; readonly text: string }
  | { readonly kind: 'evidenceAdded'; readonly items: readonly Evidence[] }
  | EvidenceEventBody
  | CauseEventBody
  | { readonly kind: 'playbookStarted'; readonly playbook: Playbook }
  | { readonly kind: 'stepStarted'; readonly step: StepId; readonly run: number }
  | {
      readonly kind: 'stepEnded';
      readonly step: StepId;
      readonly run: number;
      readonly state: 'done' | 'failed' | 'skipped';
      readonly outcome: string;
      readonly say: string;
      readonly data: Readonly<Record<string, Json>>;
    }
  | { readonly kind: 'playbookEnded' }
  | RollbackEventBody
  /** Without `run`: written when an incident had one verdict message for all its runs. */
  | { readonly kind: 'verdictReached'; readonly verdict: Verdict; readonly step: StepId | undefined; readonly run?: number }
  | { readonly kind: 'mitigated' }
  | { readonly kind: 'resolved'; readonly summary: string; readonly into?: { readonly id: IncidentId; readonly channel: string | undefined } }
  | { readonly kind: 'reopened' }
  | { readonly kind: 'postmortemWritten'; readonly location: string }
  | { readonly kind: 'changedOutside'; readonly change: OutsideChange }
  | { readonly kind: 'troubled'; readonly effect: string; readonly code: string; readonly text: string };

export type EventKind = EventBody['kind'];

/** `card`, `chart`, `board`, `step:<id>:<run>`, `rollback:<id>`, `verdict:<step>:<run>`, `line:<event number>`, `notify:<step>:<run>[:<channel>]`, `postmortem`, `announce`. */
export type Slot = string;

/**
 * What to do next, as data. `key` is unique per incident: adding an effect whose key is waiting replaces it, adding one
 * whose key is being performed makes it run once more afterwards. Every retry carries the same key.
 */
export type Effect = { readonly key: string; readonly due: Instant } & EffectBody;
export type EffectBody =
  | { readonly kind: 'openChannel' }
  /** Read what the service runs now and since when. */
  | { readonly kind: 'look' }
  /** Invites, topic, bookmarks: around the channel, off the critical path; done as often as the state asks for. */
  | { readonly kind: 'dress'; readonly what: 'invite' | 'topic' | 'bookmarks' }
  /** Render the slot from state; post it the first time, edit it afterwards. */
  | { readonly kind: 'show'; readonly slot: Slot }
  | { readonly kind: 'runStep'; readonly step: StepId; readonly run: number }
  | { readonly kind: 'rollback'; readonly id: RollbackId; readonly stage: 'plan' | 'apply' | 'track' }
  | EvidenceEffectBody
  | { readonly kind: 'wake'; readonly timer: Timer };

export type Timer =
  | { readonly name: 'approvalExpires'; readonly rollback: RollbackId }
  /** The countdown of an automatic rollback is over. */
  | { readonly name: 'startsItself'; readonly rollback: RollbackId }
  | { readonly name: 'stepOverdue'; readonly step: StepId; readonly run: number }
  | { readonly name: 'noLead' }
  | { readonly name: 'quiet' };

/** How one run of a step ended. `outcome` is how a decision graph chooses; `wait` asks to be run again later. */
export type Ending =
  | { readonly kind: 'done'; readonly outcome: string; readonly say: string; readonly data: Readonly<Record<string, Json>>; readonly verdict?: Verdict }
  | { readonly kind: 'failed'; readonly code: string; readonly say: string }
  | { readonly kind: 'wait'; readonly until: Instant; readonly memo: Json };

/** What a person asks for. Each Slack button's action id is one of these kinds. */
export type Command =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'takeRole'; readonly role: Role; readonly person?: { readonly slackId: string; readonly name: string } }
  | { readonly kind: 'setSeverity'; readonly severity: Severity }
  | {
      readonly kind: 'note';
      readonly text: string;
      readonly permalink: string | undefined;
      readonly at: Instant | undefined;
      readonly files?: readonly Evidence[];
    }
  | { readonly kind: 'update'; readonly text: string }
  /** `from`: it stands in a message of the channel, among others that are no evidence. */
  | { readonly kind: 'addEvidence'; readonly items: readonly Evidence[]; readonly from?: 'chat' }
  | EvidenceCommand
  | CauseCommand
  | { readonly kind: 'answerStep'; readonly step: StepId; readonly run: number; readonly choice: string | undefined; readonly items: readonly Evidence[] }
  | { readonly kind: 'skipStep'; readonly step: StepId; readonly run: number; readonly reason: string }
  | { readonly kind: 'retryStep'; readonly step: StepId }
  | RollbackCommand
  | { readonly kind: 'resolve'; readonly summary: string }
  | { readonly kind: 'reopen'; readonly reason: string };

export type Input =
  | ({ readonly kind: 'signal' } & Arrival)
  /** Many at once, in the order in which they came. `reopens`: why a resolved incident is opened again for them. */
  | { readonly kind: 'signals'; readonly arrivals: readonly Arrival[]; readonly reopens?: string | undefined }
  | { readonly kind: 'command'; readonly by: Person; readonly command: Command }
  | { readonly kind: 'timer'; readonly timer: Timer }
  | { readonly kind: 'channelOpened'; readonly channel: { readonly id: string; readonly name: string } }
  | { readonly kind: 'releaseSeen'; readonly release: ReleaseFacts }
  | { readonly kind: 'stepEnded'; readonly step: StepId; readonly run: number; readonly ending: Exclude<Ending, { kind: 'wait' }> }
  | RollbackInput
  | EvidenceInput
  | { readonly kind: 'changedOutside'; readonly change: OutsideChange }
  | { readonly kind: 'postmortemWritten'; readonly location: string }
  /** An effect that was tried too often, or that can never work; people are told. */
  | { readonly kind: 'effectFailed'; readonly effect: Effect; readonly code: string; readonly text: string };

/** What the person who acted reads, only they. */
export interface Reply {
  readonly ok: boolean;
  readonly text: string;
  readonly code?: string;
  /** Something happened that the channel shows anyway: who pressed a button there needs no second message. */
  readonly shown?: boolean;
}

export interface Decision {
  readonly events: readonly TimelineEvent[];
  readonly effects: readonly Effect[];
  /** Keys of waiting effects that are no longer wanted. */
  readonly cancel: readonly string[];
  readonly reply: Reply | undefined;
}
