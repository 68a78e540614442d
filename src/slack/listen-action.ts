/** Buttons: some are commands, some open a form, some only show something. */
import type { Command, Incident } from '../core/model.ts';
import { stepOf } from '../core/playbook.ts';
import { Failure } from '../lib/failure.ts';
import { md } from './escape.ts';
import {
  declareForm,
  declineForm,
  evidenceForm,
  noticeView,
  reportForm,
  resolveForm,
  roleForm,
  rollbackForm,
  severityForm,
  skipForm,
  textForm,
  waitingView,
} from './forms.ts';
import { readAim } from './forms-read.ts';
import { rearrange } from './listen-alerts.ts';
import { type Desk, type Visit, visitOf } from './listen-desk.ts';
import { sayFixed } from './listen-evidence.ts';
import { planCommand, planForm, sameAsShown } from './listen-plan.ts';
import { list, record, string } from './loose.ts';
import { render } from './view.ts';
import type { Aim } from './view-parts.ts';
import { missingEvidence } from './view-step.ts';

/** `answerStep:1` → answerStep; Slack wants ids unique within a row of buttons. */
const kindOf = (actionId: string): string => actionId.split(':')[0] ?? '';
/** Links, and selects that a form reads at the end: acked, nothing to do. */
const SILENT: ReadonlySet<string> = new Set(['open', 'value']);

export function onAction(desk: Desk, body: unknown): void {
  const action = list(record(body).actions)[0] ?? {};
  const id = string(action.action_id);
  const visit = visitOf(body, `action:${string(action.action_ts)}:${string(record(record(body).user).id)}:${id}`.slice(0, 200));
  if (SILENT.has(kindOf(id))) return;
  const chosen = string(record(action.selected_option).value);
  desk.serve(visit, kindOf(id), () => {
    if (id === 'pickService') return pickService(desk, visit, body, chosen);
    const kind = id === 'more' ? (chosen.split('|')[0] ?? '') : kindOf(id);
    const aim = id === 'more' ? aimOfEntry(chosen) : readAim(action.value);
    if (!aim) throw new Failure('E_CONTEXT', 'This button is not one of mine any more; nothing was done', { hint: 'Use /incident' });
    return press(desk, visit, kind, aim);
  });
}

/** A menu's entry holds 75 characters, too few for JSON: `kind|incident|rollback|plan|choice`. */
function aimOfEntry(value: string): Aim | undefined {
  const [, incident, rollback, plan, choice] = value.split('|');
  return readAim(JSON.stringify({ incident, rollback, choice, ...(plan && { plan: Number(plan) }) }));
}

async function press(desk: Desk, visit: Visit, kind: string, aim: Aim): Promise<void> {
  if (kind === 'report') return void (await desk.open(visit, reportForm(desk.engine.services())));
  if (kind === 'declare') return void (await desk.open(visit, declareForm(desk.engine.services())));
  if (kind === 'requestRollback' && aim.incident === undefined) return openRollbackForm(desk, visit, { aim, service: aim.service, reason: '' });
  const incident = await desk.incident(visit, aim.incident);
  sameAsShown(incident, aim);
  const command = commandOf(kind, aim) ?? planCommand(kind, incident, aim);
  if (command) return void (await desk.command(visit, incident, command));
  if (kind === 'split' && aim.choice !== undefined) return rearrange(desk, visit, { incident, ask: { kind, what: aim.choice } });
  if (kind === 'sayFixed') return sayFixed(desk, visit, { incident, aim });
  if (kind === 'next') return showNext(desk, visit, incident);
  return openForm(desk, visit, { kind, incident, aim });
}

/** Buttons that need no further word. */
function commandOf(kind: string, { step, run, choice }: Aim): Command | undefined {
  switch (kind) {
    case 'acknowledge':
      return { kind };
    case 'reopen':
      return { kind, reason: '' };
    case 'answerStep':
      return step === undefined || run === undefined ? undefined : { kind, step, run, choice, items: [] };
    case 'retryStep':
      return step === undefined ? undefined : { kind, step };
    case 'judgeCause':
      return causeCommand({ step, run, choice });
    default:
      return undefined;
  }
}

/** `choice` is `confirmed:<fingerprint>` or `ruled-out:<fingerprint>`. */
function causeCommand({ step, run, choice }: Pick<Aim, 'step' | 'run' | 'choice'>): Command | undefined {
  const [, verdict, fingerprint] = /^(confirmed|ruled-out):([0-9a-f]{1,64})$/.exec(choice ?? '') ?? [];
  if (step === undefined || run === undefined || fingerprint === undefined) return undefined;
  return { kind: 'judgeCause', step, run, fingerprint, verdict: verdict === 'confirmed' ? 'confirmed' : 'ruled-out' };
}

async function openForm(desk: Desk, visit: Visit, ask: { kind: string; incident: Incident; aim: Aim }): Promise<void> {
  const { kind, incident, aim } = ask;
  const open = async (view: Parameters<Desk['open']>[1]): Promise<void> => void (await desk.open(visit, view));
  switch (kind) {
    case 'requestRollback':
      return openRollbackForm(desk, visit, { aim, incident, service: incident.service, reason: '' });
    case 'declineRollback':
      return open(declineForm(aim));
    case 'skipStep':
      return open(skipForm(aim, stepOf(incident.playbook, aim.step)?.title ?? ''));
    case 'addEvidence':
      return open(evidenceForm({ incident: incident.id }, missingEvidence(incident)));
    case 'resolve':
      return open(resolveForm(incident));
    case 'note':
    case 'update':
      return open(textForm(kind, { incident: incident.id }));
    case 'setSeverity':
      return open(severityForm(incident));
    case 'takeRole':
      return open(roleForm({ incident: incident.id }));
    default: {
      const view = planForm(kind, incident, aim);
      if (view) return open(view);
      throw new Failure('E_CONTEXT', 'I do not know this button (any more); nothing was done', { hint: 'Use /incident', path: kind.slice(0, 60) });
    }
  }
}

export interface RollbackAsk {
  readonly aim: Aim;
  readonly incident?: Incident;
  readonly service: string | undefined;
  readonly reason: string;
}

/** The trigger dies after three seconds, GitHub may take longer: first an empty form, then the releases. */
export async function openRollbackForm(desk: Desk, visit: Visit, ask: RollbackAsk): Promise<void> {
  const { aim, incident, service, reason } = ask;
  const viewId = await desk.open(visit, waitingView('Roll back', aim));
  await fillRollbackForm(desk, visit, {
    viewId,
    aim: incident ? { ...aim, incident: incident.id } : aim,
    incident,
    service,
    reason,
  });
}

async function fillRollbackForm(
  desk: Desk,
  visit: Visit,
  ask: { viewId: string; aim: Aim; incident: Incident | undefined; service: string | undefined; reason: string },
): Promise<void> {
  const { viewId, aim, incident, service, reason } = ask;
  const services = desk.engine.services().filter(({ repo }) => repo !== undefined);
  if (services.length === 0)
    return desk.refill(
      visit,
      viewId,
      noticeView('Roll back', 'services.yml names no service with a repository. Add `repo` and `rollback` to one. (E_NOT_ALLOWED)'),
    );
  try {
    const targets = service === undefined ? [] : await desk.engine.rollbackTargets(service);
    await desk.refill(visit, viewId, rollbackForm({ aim, service, services, targets, current: incident?.release?.current, reason }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Which releases there are is not known now; the tag can still be typed, and the plan will look again.
    desk.log.warn({ service, code: error.code }, 'releases could not be listed');
    await desk.refill(visit, viewId, rollbackForm({ aim, service, services, targets: [], current: incident?.release?.current, reason }));
  }
}

async function pickService(desk: Desk, visit: Visit, body: unknown, service: string): Promise<void> {
  const aim = readAim(record(record(body).view).private_metadata) ?? {};
  if (visit.viewId === undefined || service === '') return;
  await fillRollbackForm(desk, visit, { viewId: visit.viewId, aim: { ...aim, service }, incident: undefined, service, reason: '' });
}

export async function showNext(desk: Desk, visit: Visit, incident: Incident): Promise<void> {
  const { current, steps } = incident;
  const run = current === undefined ? undefined : steps[current]?.run;
  const message = current === undefined || run === undefined ? undefined : render(incident, `step:${current}:${run}`, { links: {} });
  if (message) return desk.answer(visit, message.text, message.blocks);
  await desk.answer(
    visit,
    incident.phase === 'resolved'
      ? md`It is resolved; nothing is due.`
      : md`No step is due. Roll back, resolve, or write down what you find with /incident note.`,
  );
}
