/** What a person does in modals and in the App Home, and what the app's answer does to the screen. */
import { Failure } from '../../lib/failure.ts';
import { isRefusal, viewRefusal } from './call.ts';
import { complaints, fillIn, stateOf } from './form.ts';
import type { Acked, Choice, SubmitResult, Target } from './mini-slack.ts';
import { actionOf, chosen, closedPayload, type Found, findElement, submissionPayload, suggestionPayload, viewClickPayload } from './payloads.ts';
import type { Room } from './room.ts';
import { isFields } from './shape.ts';
import { mishap } from './state.ts';
import { closeViews, replaceView, stackView } from './views.ts';
import type { Fields, OpenView, Values, View, World } from './world.ts';

const TROUBLE = 'We had some trouble connecting. Try again?';

function openOf({ world, user }: Room, viewId: string): OpenView {
  const open = world.views.get(viewId);
  if (open?.user === user) return open;
  throw new Failure('E_NOT_FOUND', `${user} has no open modal ${viewId}; nothing was sent`, { hint: 'take the id from world.stacks' });
}

function viewOf(room: Room, viewId: string): View {
  const home = room.world.homes.get(room.user);
  return home?.id === viewId ? home : openOf(room, viewId).view;
}

function elementIn(view: View, target: Target): Found {
  const found = findElement(view.blocks, target);
  if (found) return found;
  throw new Failure('E_NOT_FOUND', `view ${view.id} has not exactly one element ${JSON.stringify(target)}; nothing was sent`);
}

/** The modal stays and says that the app did not answer. */
function trouble(world: World, open: OpenView | undefined, detail: string): void {
  mishap(world, 'view_unanswered', detail);
  if (!open) return;
  open.trouble = TROUBLE;
  world.change({ kind: 'view', what: 'errors', open });
}

export async function clickInView(room: Room, viewId: string, { target, choice }: { target: Target; choice: Choice }): Promise<Acked> {
  const view = viewOf(room, viewId);
  const found = elementIn(view, target);
  const state = stateOf(found.element, chosen(found.element, choice));
  if (state) {
    const blockId = String(found.block.block_id);
    view.state.values[blockId] = { ...view.state.values[blockId], [String(found.element.action_id)]: state };
  }
  // A field of a form tells the app only when it was asked to.
  if (found.block.type === 'input' && found.block.dispatch_action !== true) return { kind: 'unsent', why: 'the input has no dispatch_action' };
  const ack = await room.ask('interactive', viewClickPayload(room, view, actionOf(room.world, found, choice)));
  if (ack.kind !== 'acked') trouble(room.world, room.world.views.get(viewId), `block_actions in ${viewId}: ${ack.kind}`);
  return ack;
}

/** Asks the app for the options of an external select. */
export async function suggest(room: Room, viewId: string, { target, typed }: { target: Target; typed: string }): Promise<Fields[]> {
  const view = viewOf(room, viewId);
  const ack = await room.ask('interactive', suggestionPayload(room, view, { ...elementIn(view, target), typed }));
  const body = ack.kind === 'acked' && isFields(ack.body) ? ack.body : {};
  const groups = Array.isArray(body.option_groups) ? body.option_groups.filter(isFields).flatMap((group) => group.options) : [];
  return [...(Array.isArray(body.options) ? body.options : []), ...groups].filter(isFields);
}

/** File inputs may be filled with ids; Slack sends the whole files. */
function withFiles(world: World, values: Values): Values {
  const whole = (file: unknown) => (typeof file === 'string' ? (world.files.get(file) ?? { id: file }) : file);
  const state = (held: Fields) => (Array.isArray(held.files) ? { ...held, files: held.files.map(whole) } : held);
  const block = (fields: Record<string, Fields>) => Object.fromEntries(Object.entries(fields).map(([id, held]) => [id, state(held)]));
  return Object.fromEntries(Object.entries(values).map(([id, fields]) => [id, block(fields)]));
}

function typed(view: View, values: Values): Values {
  const merged: Values = { ...view.state.values };
  for (const [blockId, fields] of Object.entries(values)) merged[blockId] = { ...merged[blockId], ...fields };
  return merged;
}

export async function submit(room: Room, viewId: string, values: Values): Promise<SubmitResult> {
  const open = openOf(room, viewId);
  for (const [blockId, fields] of Object.entries(values)) for (const actionId of Object.keys(fields)) elementIn(open.view, { blockId, actionId });
  open.view.state.values = fillIn(open.view.blocks, withFiles(room.world, typed(open.view, values)));
  open.trouble = '';
  const found = complaints(open.view.blocks, open.view.state.values);
  if (Object.keys(found).length > 0) return complain(room.world, open, { errors: found, ack: { kind: 'unsent', why: 'the form is not complete' } });
  const ack = await room.ask('interactive', submissionPayload(room, open.view));
  if (ack.kind !== 'acked') {
    trouble(room.world, room.world.views.get(viewId), `view_submission of ${viewId}: ${ack.kind}`);
    return { ack };
  }
  return follow(room, open, ack);
}

function complain(world: World, open: OpenView, result: Required<SubmitResult>): SubmitResult {
  open.errors = result.errors;
  world.change({ kind: 'view', what: 'errors', open });
  return result;
}

/** Does what the answer to a submission says: errors, update, push, clear; without a word the modal closes. */
function follow({ world, user }: Room, open: OpenView, ack: Acked & { kind: 'acked' }): SubmitResult {
  const said = isFields(ack.body) ? ack.body : {};
  const action = said.response_action;
  if (action === 'errors') return followErrors(world, open, ack);
  open.errors = {};
  if (action === 'clear') closeViews(world, user, world.stacks.get(user) ?? []);
  else if (action === 'update' || action === 'push') {
    const refusal = viewRefusal(world, said.view);
    const view = isFields(said.view) ? said.view : {};
    const done = refusal ?? (action === 'push' ? stackView(world, { user, view }) : replaceView(world, open, view));
    if (isRefusal(done)) trouble(world, open, `response_action ${action}: ${done.error} ${JSON.stringify(done.errors ?? '')}`);
  } else if (action === undefined) closeViews(world, user, [open.view.id]);
  else trouble(world, open, `unknown response_action ${String(action)}`);
  return { ack };
}

function followErrors(world: World, open: OpenView, ack: Acked & { kind: 'acked' }): SubmitResult {
  const said = isFields(ack.body) && isFields(ack.body.errors) ? ack.body.errors : {};
  const inputs = new Set(open.view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id));
  const isUsable = Object.keys(said).length > 0 && Object.entries(said).every(([id, text]) => inputs.has(id) && typeof text === 'string');
  if (!isUsable) {
    trouble(world, open, `response_action errors names what is no input: ${Object.keys(said).join(', ') || 'nothing'}`);
    return { ack };
  }
  return complain(world, open, { ack, errors: Object.fromEntries(Object.entries(said).map(([id, text]) => [id, String(text)])) });
}

export async function closeView(room: Room, viewId: string): Promise<Acked> {
  const { world, user } = room;
  const { view } = openOf(room, viewId);
  const stack = world.stacks.get(user) ?? [];
  const closing = view.clear_on_close ? stack : stack.slice(stack.indexOf(viewId));
  const told = closing.map((id) => world.views.get(id)?.view).filter((each) => each?.notify_on_close === true);
  closeViews(world, user, closing);
  const acks = await Promise.all(told.map((each) => room.ask('interactive', closedPayload(room, each ?? view, view.clear_on_close))));
  return acks[0] ?? { kind: 'unsent', why: 'the view has no notify_on_close' };
}
