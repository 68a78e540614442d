/** The desk behind the door: who is asking, on what, and how they get their answer. Everything here runs after the ack. */
import { randomUUID } from 'node:crypto';
import type { ModalView } from '@slack/types';
import type { Command, Incident, Person, Reply } from '../core/model.ts';
import { shortOf } from '../core/short.ts';
import { Failure } from '../lib/failure.ts';
import { type Escaped, escapeText, md } from './escape.ts';
import type { ListenerParts } from './listen.ts';
import { record, string } from './loose.ts';
import type { Block } from './view.ts';
import { section } from './view-parts.ts';

/** Each is one call to Slack, before anything is decided. */
const GROUPS_MAX = 20;
/** docs.slack.dev, views. */
const METADATA_MAX_CHARS = 3_000;

/** One thing somebody did in Slack. */
export interface Visit {
  readonly user: string;
  /** Workspace it came from; empty: an installation for a whole organisation. */
  readonly team: string;
  readonly enterprise: string;
  readonly channel: string | undefined;
  /** Reaches whoever acted wherever they are, five times within half an hour; a form has the one of the click or command that opened it. */
  readonly responseUrl: string | undefined;
  readonly triggerId: string | undefined;
  /** The form, when it stays open for the answer. */
  readonly viewId: string | undefined;
  /** Nobody asked for anything, so nobody is told when it fails. */
  readonly quiet?: boolean;
  /** The same for every repetition Slack makes of this delivery. */
  readonly once: string;
}

export interface Desk extends ListenerParts {
  /** Runs after the ack; whatever goes wrong is answered to the visitor and logged, never thrown. */
  serve(visit: Visit, what: string, job: () => Promise<void>): void;
  /** To the visitor alone, in the channel or out of it. Throws when there is no way to them. */
  answer(visit: Visit, text: Escaped, blocks?: readonly Block[]): Promise<void>;
  /** Opens a form that knows how to answer whoever sends it; returns its id. */
  open(visit: Visit, form: ModalView): Promise<string>;
  /** Puts another one in its place. */
  refill(visit: Visit, viewId: string, form: ModalView): Promise<void>;
  /** Looks the person up, has the engine decide, answers with its reply. */
  command(visit: Visit, incident: Incident, command: Command): Promise<Reply>;
  person(visit: Visit, incident: Incident | undefined, command: Command['kind'] | undefined): Promise<Person>;
  /** The incident with this id, else of this channel; throws E_UNKNOWN_INCIDENT or E_CONTEXT. */
  incident(visit: Visit, id: string | undefined): Promise<Incident>;
  idle(): Promise<void>;
}

export function createDesk(parts: ListenerParts): Desk {
  const { log, talk, engine } = parts;
  const underWay = new Set<Promise<void>>();
  const answer: Desk['answer'] = (visit, text, blocks) => deliver(parts, visit, text, blocks);
  const person: Desk['person'] = (visit, incident, command) => talk.person(visit.user, command && BY_GROUP.has(command) ? groupsOf(parts, incident) : []);
  return {
    ...parts,
    answer,
    person,
    open: (visit, form) => talk.openView(trigger(visit), answerable(visit, form)),
    async refill(visit, viewId, form) {
      await talk.updateView(viewId, answerable(visit, form));
    },
    serve(visit, what, job) {
      const work = attend(parts, visit, { what, job });
      underWay.add(work);
      void work.finally(() => underWay.delete(work)); // attend never rejects
    },
    async command(visit, incident, command) {
      const by = await person(visit, incident, command.kind);
      const reply = await engine.command(incident.id, by, command, visit.once);
      if (!reply.ok) log.info({ incident: incident.id, user: visit.user, command: command.kind, code: reply.code }, 'command refused');
      // A button or form of the channel whose effect is seen there needs no second message; a typed command is always answered.
      const pressed = /^(action|view):/.test(visit.once);
      if (!(reply.shown && pressed)) await answer(visit, replyText(reply));
      return reply;
    },
    async incident(visit, id) {
      const found = id === undefined ? visit.channel && (await engine.incidentByChannel(visit.channel)) : await engine.incident(id);
      if (found) return found;
      if (id !== undefined)
        throw new Failure('E_UNKNOWN_INCIDENT', `I know no incident ${id.slice(0, 40)}; nothing was done`, { hint: '/incident lists what is open' });
      throw new Failure('E_CONTEXT', 'This is not the channel of an incident; nothing was done', {
        hint: 'Do it in the incident’s channel, or name the incident: /incident INC-42 …',
      });
    },
    async idle() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

/** Never rejects: whatever goes wrong is answered and logged. */
async function attend(parts: ListenerParts, visit: Visit, { what, job }: { what: string; job: () => Promise<void> }): Promise<void> {
  const { log } = parts;
  try {
    await checkWorkspace(parts, visit);
    await job();
  } catch (error) {
    const { text, reference } = excuse(error);
    const { user, team, channel } = visit;
    const failure = error instanceof Failure && error.code !== 'E_INTERNAL' ? error : undefined;
    if (failure) log.warn({ what, user, team, channel, code: failure.code, path: failure.path }, 'slack request refused');
    else log.error({ what, reference, err: error }, 'slack request failed');
    await deliver(parts, visit, text, undefined).catch((lost: unknown) => log.warn({ what, code: codeOf(lost) }, 'an answer did not reach its reader'));
  }
}

/** A reply of the engine, with its code when it refused. */
export function replyText(reply: Reply): Escaped {
  return reply.ok || reply.code === undefined ? escapeText(reply.text) : md`${escapeText(reply.text)} (${escapeText(reply.code, 40)})`;
}

/**
 * The ways to one reader, the best first; each is tried when those before it fail. Only members of a channel see an ephemeral message there
 * (`user_not_in_channel`), and who asked may be anywhere. A direct message needs the app's Messages tab.
 */
async function deliver({ talk }: ListenerParts, visit: Visit, text: Escaped, blocks: readonly Block[] | undefined): Promise<void> {
  const { user, channel, responseUrl, viewId, once, quiet = false } = visit;
  const message = { text, ...(blocks && { blocks }) };
  const ways: (() => Promise<boolean>)[] = [];
  if (viewId !== undefined) ways.push(() => talk.updateView(viewId, resultView(text)));
  if (responseUrl !== undefined) ways.push(() => talk.respond(responseUrl, message).then(taken));
  if (channel !== undefined) ways.push(() => talk.ephemeral(channel, user, text, blocks).then(taken));
  if (!quiet && user !== '') ways.push(() => talk.post({ channel: user, text, blocks: blocks ?? [section(text)], key: `answer/${once}` }).then(taken));
  let lost: unknown;
  for (const way of ways) {
    try {
      if (await way()) return;
    } catch (error) {
      lost = error;
    }
  }
  if (lost !== undefined) throw lost;
}
const taken = (): boolean => true;

/** The reader's response_url travels in the form, which Slack gives back signed and shows to nobody. */
function answerable({ responseUrl }: Visit, form: ModalView): ModalView {
  if (responseUrl === undefined) return form;
  const metadata = JSON.stringify({ ...parsed(form.private_metadata), answer: responseUrl });
  return metadata.length > METADATA_MAX_CHARS ? form : { ...form, private_metadata: metadata };
}

function parsed(metadata: unknown): Readonly<Record<string, unknown>> {
  if (string(metadata) === '') return {}; // of a command; throwing costs more than the whole ack
  try {
    return record(JSON.parse(string(metadata)));
  } catch {
    return {};
  }
}

/** Slack opens a form only on a fresh click or command. */
function trigger({ triggerId }: Visit): string {
  if (triggerId !== undefined) return triggerId;
  throw new Failure('E_CONTEXT', 'Slack sent no trigger for a form; nothing was done', { hint: 'Click again' });
}

/** The same words in the form, whose buttons are done. */
function resultView(text: Escaped) {
  return {
    type: 'modal' as const,
    callback_id: 'notice',
    title: { type: 'plain_text' as const, text: 'Tagback' },
    close: { type: 'plain_text' as const, text: 'Close' },
    blocks: [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text, verbatim: true } }],
  };
}

/** Requests of another workspace are answered, and do nothing. */
async function checkWorkspace({ talk }: ListenerParts, visit: Visit): Promise<void> {
  const us = await talk.known();
  const ours = visit.team === us.teamId || (visit.team === '' && visit.enterprise !== '' && visit.enterprise === us.enterpriseId);
  if (!ours)
    throw new Failure('E_NOT_ALLOWED', 'This workspace is not configured for this bot; nothing was done', {
      hint: 'Ask whoever runs Tagback',
      path: visit.team,
    });
}

/** Commands whose right may rest on a user group. */
const BY_GROUP: ReadonlySet<Command['kind']> = new Set([
  'requestRollback',
  'undoRollback',
  'answerMigrations',
  'chooseStrategy',
  'answerStep',
  'approveRollback',
  'breakGlass',
  'declineRollback',
  'cancelRollback',
]);

type Policy = Readonly<Partial<Record<'from' | 'ask' | 'breakGlass', unknown>>>;
const namedBy = (policy: Policy): readonly unknown[] => [policy.from, policy.ask, policy.breakGlass].flatMap((list) => (Array.isArray(list) ? list : []));

/** User groups that any policy in question names: of the plans shown here, of the playbook, of services.yml. Whether one is in them is read now. */
function groupsOf({ engine }: ListenerParts, incident: Incident | undefined): string[] {
  if (!incident) return [];
  const plans = Object.values(incident.rollbacks).flatMap(({ plan }) => (plan ? namedBy(plan.approve) : []));
  const steps = (incident.playbook?.steps ?? []).flatMap(({ params }) => namedBy(record(params.approve)));
  const policy = engine.services().find(({ name }) => name === incident.service)?.approvers ?? [];
  return [...new Set([...policy, ...plans, ...steps].map(String))].filter((id) => /^S[A-Z0-9]+$/.test(id)).slice(0, GROUPS_MAX);
}

/** What the visitor reads: what failed and what to do, a code, and for our own faults a word that leads to the log line. */
function excuse(error: unknown): { text: Escaped; reference: string } {
  const reference = randomUUID().slice(0, 8);
  if (error instanceof Failure && error.code !== 'E_INTERNAL') return { text: escapeText(`${shortOf(error)} (${error.code})`), reference };
  return {
    text: md`Something went wrong inside Tagback. It may not have been done: look at the card before you try again. (E_INTERNAL ${escapeText(reference, 8)})`,
    reference,
  };
}

const codeOf = (error: unknown): string => (error instanceof Failure ? error.code : 'E_INTERNAL');

/** Where an interaction comes from; Slack's payloads differ by kind, and none is trusted to be whole. */
export function visitOf(body: unknown, once: string): Visit {
  const { user, user_id, team, team_id, channel, channel_id, enterprise, enterprise_id, response_url, trigger_id, view, container, message } = record(body);
  return {
    user: string(user_id) || string(record(user).id),
    team: string(team_id) || string(record(view).app_installed_team_id) || string(record(team).id) || string(record(user).team_id),
    enterprise: string(enterprise_id) || string(record(enterprise).id),
    channel: string(channel_id) || string(record(channel).id) || string(record(container).channel_id) || string(record(message).channel) || undefined,
    responseUrl: string(response_url) || string(parsed(record(view).private_metadata).answer) || undefined,
    triggerId: string(trigger_id) || undefined,
    viewId: record(view).type === 'home' ? undefined : string(record(view).id) || undefined,
    once,
  };
}
