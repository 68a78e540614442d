/** Every form, pure: facts → modal. Reading what was filled in is forms-read.ts; the two agree on block ids. */
import type { ModalView } from '@slack/types';
import { firingCount } from '../core/alert.ts';
import type { Incident, Severity } from '../core/model.ts';
import { code, escapeLine, joined, md } from './escape.ts';
import { choice, modal, personInput, pictureInput, selectInput, serviceOptions, severityOptions, textInput } from './forms-parts.ts';
import type { Block } from './view.ts';
import { type Aim, context, section } from './view-parts.ts';
import { stillBroken } from './view-reporters.ts';

export interface ServiceName {
  readonly name: string;
}
export interface Target {
  readonly tag: string;
  readonly label: string;
}

const URLS_HINT = 'One address per line, exactly as in the browser';
const REQUESTS_HINT = 'As the error page or the response header names them; blanks between them';
const TITLE_MAX_CHARS = 150;
const TEXT_MAX_CHARS = 2900;
const OPTION_MAX_CHARS = 75;

/** For everybody who sees something broken: where, and how it looks. */
export function reportForm(services: readonly ServiceName[]): ModalView {
  return modal({
    form: 'report',
    title: 'Report a problem',
    submit: 'Report',
    aim: {},
    blocks: [
      textInput('title', { label: 'What is broken?', maxChars: TITLE_MAX_CHARS, placeholder: 'Chapter 4 shows an error page' }),
      textInput('urls', { label: 'Where? Failing addresses', hint: URLS_HINT, multiline: true, maxChars: TEXT_MAX_CHARS, placeholder: 'https://…' }),
      pictureInput('screenshots', { label: 'Screenshots', hint: 'png, jpg, webp or gif, at most 10 MB each' }),
      selectInput('service', { label: 'Service', options: serviceOptions(services), optional: true }),
      selectInput('severity', { label: 'How bad is it?', options: severityOptions(), optional: true }),
    ],
  });
}

export function declareForm(services: readonly ServiceName[], filled: { title?: string; service?: string; severity?: Severity } = {}): ModalView {
  return modal({
    form: 'declare',
    title: 'Declare an incident',
    submit: 'Declare',
    aim: {},
    blocks: [
      textInput('title', { label: 'What is wrong?', maxChars: TITLE_MAX_CHARS, ...(filled.title && { initial: filled.title }) }),
      selectInput('service', { label: 'Service', options: serviceOptions(services), optional: true, ...(filled.service && { initial: filled.service }) }),
      selectInput('severity', { label: 'Severity', options: severityOptions(), optional: true, ...(filled.severity && { initial: filled.severity }) }),
      textInput('urls', { label: 'Failing addresses', hint: URLS_HINT, multiline: true, maxChars: TEXT_MAX_CHARS, optional: true }),
    ],
  });
}

/** The same command with and without a step: the evidence belongs to the incident. */
export function evidenceForm(aim: Aim, lack: string | undefined): ModalView {
  return modal({
    form: 'addEvidence',
    title: 'Add evidence',
    submit: 'Add',
    aim,
    blocks: [
      ...(lack ? [context(md`Still needed: ${escapeLine(lack)}.`)] : []),
      textInput('urls', { label: 'Failing addresses', hint: URLS_HINT, multiline: true, maxChars: TEXT_MAX_CHARS, optional: true, placeholder: 'https://…' }),
      pictureInput('screenshots', { label: 'Screenshots', hint: 'png, jpg, webp or gif, at most 10 MB each', optional: true }),
      textInput('requests', { label: 'Request ids', hint: REQUESTS_HINT, maxChars: TEXT_MAX_CHARS, optional: true }),
      textInput('users', { label: 'Who is affected?', hint: 'Names, e-mail addresses or ids; commas between them', maxChars: TEXT_MAX_CHARS, optional: true }),
      textInput('note', { label: 'What else did you see?', multiline: true, maxChars: TEXT_MAX_CHARS, optional: true }),
    ],
  });
}

export interface RollbackFormFacts {
  readonly aim: Aim;
  /** Undefined: to be chosen from `services`. */
  readonly service: string | undefined;
  readonly services: readonly ServiceName[];
  /** Best first; undefined: still being read. */
  readonly targets: readonly Target[] | undefined;
  readonly current: string | undefined;
  readonly reason: string;
}

export function rollbackForm(facts: RollbackFormFacts): ModalView {
  const { aim, service, services, targets, current, reason } = facts;
  const which: Block =
    aim.incident === undefined
      ? selectInput('service', {
          label: 'Service',
          options: serviceOptions(services).slice(0, -1),
          dispatch: true,
          action: 'pickService',
          ...(service && { initial: service }),
        })
      : section(md`Service ${code(service ?? '', 100)}${current ? md`, now running ${code(current, 130)}` : md``}`);
  const blocks: Block[] = [which];
  if (service !== undefined && targets === undefined) blocks.push(context(md`Reading the releases…`));
  if (service !== undefined && targets !== undefined) blocks.push(tagInput(service, targets));
  blocks.push(
    textInput('reason', { label: 'Why?', multiline: true, maxChars: 500, optional: true, ...(reason && { initial: reason }) }),
    context(joined([md`First a plan is made and checked.`, md`Nothing is sent to GitHub before the plan is approved.`], ' ')),
  );
  return modal({
    form: 'requestRollback',
    title: 'Roll back',
    submit: 'Make a plan',
    aim: { ...aim, ...(aim.incident === undefined && service !== undefined && { service }) },
    blocks,
  });
}

/** The block is named after the service: with a new name Slack forgets what was chosen for another one. */
function tagInput(service: string, targets: readonly Target[]): Block {
  const id = `tag:${service}`.slice(0, 255);
  const options = targets
    .filter(({ tag }) => tag.length <= OPTION_MAX_CHARS)
    .slice(0, 100)
    .map(({ tag, label }) => choice(label, tag));
  const first = options[0]?.value;
  if (first === undefined)
    return textInput(id, { label: 'Release tag', hint: 'I know no earlier release; type the tag', maxChars: 128, placeholder: 'v1.2.3' });
  return selectInput(id, {
    label: 'Release tag to go back to',
    hint: 'The first one is the newest that was healthy, as far as is known',
    options,
    initial: first,
  });
}

export function resolveForm(incident: Incident): ModalView {
  const firing = firingCount(incident);
  const broken = stillBroken(incident);
  return modal({
    form: 'resolve',
    title: 'Resolve',
    submit: 'Resolve',
    aim: { incident: incident.id },
    blocks: [
      ...(broken ? [context(broken)] : []),
      ...(firing > 0 ? [context(md`Look: ${firing} ${firing === 1 ? md`alert is` : md`alerts are`} still firing.`)] : []),
      textInput('text', { label: 'What was it, and what helped?', multiline: true, maxChars: TEXT_MAX_CHARS, optional: true }),
    ],
  });
}

export function textForm(kind: 'note' | 'update', aim: Aim): ModalView {
  const [title, label, hint] =
    kind === 'note'
      ? ['Add a note', 'Note', 'Goes into the timeline']
      : ['Status update', 'Where do things stand?', 'Goes to the card and to the announcement'];
  return modal({ form: kind, title, submit: 'Send', aim, blocks: [textInput('text', { label, hint, multiline: true, maxChars: TEXT_MAX_CHARS })] });
}

export function severityForm(incident: Incident): ModalView {
  const input = selectInput('severity', { label: 'Severity', options: severityOptions(), initial: incident.severity });
  return modal({ form: 'setSeverity', title: 'Change severity', submit: 'Change', aim: { incident: incident.id }, blocks: [input] });
}

export function declineForm(aim: Aim): ModalView {
  const input = textInput('text', { label: 'Why not?', multiline: true, maxChars: 500 });
  return modal({ form: 'declineRollback', title: 'Decline the rollback', submit: 'Decline', aim, blocks: [input] });
}

export function skipForm(aim: Aim, title: string): ModalView {
  return modal({
    form: 'skipStep',
    title: 'Skip this step',
    submit: 'Skip',
    aim,
    blocks: [section(escapeLine(title, 200)), textInput('text', { label: 'Why?', maxChars: 300 })],
  });
}

export function roleForm(aim: Aim): ModalView {
  const roles = [choice('Lead', 'lead'), choice('Communication', 'comms'), choice('Scribe', 'scribe')];
  return modal({
    form: 'takeRole',
    title: 'Hand over a role',
    submit: 'Hand over',
    aim,
    blocks: [selectInput('role', { label: 'Role', options: roles, initial: 'lead' }), personInput('person', { label: 'To whom?' })],
  });
}

/** Shown at once while facts are being read: a trigger lives only three seconds. */
export function waitingView(title: string, aim: Aim): ModalView {
  return modal({ form: 'waiting', title, aim, blocks: [section(md`One moment…`)] });
}

/** Ends a form that cannot be offered: what failed, and what to do. */
export function noticeView(title: string, text: string): ModalView {
  return modal({ form: 'notice', title, aim: {}, blocks: [section(escapeLine(text, 2900))] });
}
