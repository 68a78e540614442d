/** The Slack door: ack, parse, hand over. Nothing here decides; nothing stands before the ack. */
import { App, type Receiver } from '@slack/bolt';
import type { Silence, SnoozeAsk } from '../core/hold.ts';
import type { Command, Evidence, Incident, IncidentId, Person, Reply, Severity, TimelineEvent } from '../core/model.ts';
import type { Rearrangement } from '../core/rearrange.ts';
import type { Clock } from '../lib/clock.ts';
import { boltLogger, type Log } from '../lib/log.ts';
import { onAction } from './listen-action.ts';
import { onIncident } from './listen-command.ts';
import { createDesk, type Desk, visitOf } from './listen-desk.ts';
import { onEvent, onShortcut } from './listen-event.ts';
import { onRollback } from './listen-rollback.ts';
import { onView } from './listen-view.ts';
import { storeFirst, type Watch } from './listen-watch.ts';
import { record, string } from './loose.ts';
import type { Talk } from './talk.ts';

/** What the Slack door asks of the engine. */
export interface EnginePort {
  /** Decides and stores; the reply is for the person who acted, and for nobody else. `once`: a second call with the same word does nothing twice. */
  command(incident: IncidentId, by: Person, command: Command, once: string): Promise<Reply>;
  /** Opens, or joins the open incident of the service. */
  openIncident(ask: OpenAsk, once: string): Promise<{ incident: Incident; reply: Reply }>;
  incidentByChannel(channel: string): Promise<Incident | undefined>;
  incident(id: IncidentId): Promise<Incident | undefined>;
  /** Not resolved, newest first, at most 20. */
  openIncidents(): Promise<readonly Incident[]>;
  timeline(id: IncidentId): Promise<readonly TimelineEvent[]>;
  services(): readonly ServiceChoice[];
  /** Tags one may go back to, best first: the newest known healthy one before the current. Empty: none known. */
  rollbackTargets(service: string): Promise<readonly { readonly tag: string; readonly label: string }[]>;
  /** What runs now; undefined: not known. */
  runningRelease(service: string): Promise<string | undefined>;
  /** Splits, links or merges alerts. `once` as above. */
  rearrange(incident: IncidentId, ask: Rearrangement, asked: { readonly by: Person; readonly once: string }): Promise<Reply>;
  snooze(ask: SnoozeAsk): Promise<Reply>;
  unsnooze(what: string, by: Person): Promise<Reply>;
  /** What is silent now, and what that holds back. */
  silence(): Promise<Silence>;
  /** Markdown of the postmortem as it would be written now. */
  postmortem(id: IncidentId): Promise<string>;
}
export interface OpenAsk {
  readonly title: string;
  /** Undefined: nobody knew; the default playbook applies. */
  readonly service: string | undefined;
  readonly severity: Severity | undefined;
  readonly by: Person;
  readonly evidence: readonly Evidence[];
}
export interface ServiceChoice {
  readonly name: string;
  readonly repo: string | undefined;
  /** Ids of users and user groups its policy names: who may ask, approve, break the glass. */
  readonly approvers: readonly string[];
}

export interface ListenerParts {
  readonly receiver: Receiver;
  readonly engine: EnginePort;
  readonly talk: Talk;
  readonly log: Log;
  readonly clock: Clock;
  /** Alerts that other apps post; without it nobody's are read. */
  readonly watch?: Watch;
}
export interface Listener {
  /** Starts the receiver; never throws because Slack is away. */
  start(): Promise<void>;
  /** Resolves when everything accepted so far has been worked through. */
  idle(): Promise<void>;
  /** Stops taking and waits for `idle`. */
  stop(): Promise<void>;
}

export function createListener(parts: ListenerParts): Listener {
  const { receiver, talk, log } = parts;
  const desk = createDesk(parts);
  let us: { botId: string; botUserId: string } | undefined;
  const app = new App({
    receiver,
    // Bolt's own way asks Slack before it can serve, and takes the process down when the token is bad. Our calls go through talk.
    authorize: () => Promise.resolve(us ?? {}),
    deferInitialization: true,
    convoStore: false,
    ignoreSelf: true,
    logger: boltLogger(log),
  });
  if (parts.watch) storeFirst(app, parts.watch, parts.clock);
  listen(app, desk);
  return {
    async start() {
      await app.init();
      talk.known().then(
        ({ botId, botUserId }) => {
          us = { botId, botUserId };
        },
        (error: unknown) => log.warn({ err: error }, 'slack does not say who we are yet'),
      );
      await app.start();
    },
    idle: () => desk.idle(),
    async stop() {
      await app.stop();
      await desk.idle();
    },
  };
}

/** One listener per kind of delivery: the ack first, then the work. Unknown ids are acked too, so that nobody sees a time-out. */
function listen(app: App, desk: Desk): void {
  app.command(/.*/, async ({ ack, body }) => {
    await ack();
    const { command, text, trigger_id } = body;
    const visit = visitOf(body, `slash:${trigger_id}`);
    const typed = string(text);
    desk.serve(visit, command, () => (command.endsWith('rollback') ? onRollback(desk, visit, typed) : onIncident(desk, visit, typed)));
  });
  app.action(/.*/, async ({ ack, body }) => {
    await ack();
    onAction(desk, body);
  });
  app.view(/.*/, async ({ ack, body }) => {
    const { ack: answer, after } = onView(desk, body);
    await (answer ? ack(answer) : ack());
    after();
  });
  app.shortcut(/.*/, async ({ ack, body }) => {
    await ack();
    onShortcut(desk, body);
  });
  app.options(/.*/, async ({ ack }) => {
    await ack({ options: [] });
  });
  app.event(/.*/, async ({ body }) => onEvent(desk, record(body)));
  app.error(async (error) => {
    desk.log.error({ err: error }, 'a slack delivery could not be handled');
  });
}
