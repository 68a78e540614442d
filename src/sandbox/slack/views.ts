/** views.*: modals in a stack of three, and the App Home. */
import { withIds } from './blocks.ts';
import { type Answer, type Call, has, isRefusal, missing, type Refusal, refuse, text, viewRefusal } from './call.ts';
import { fillIn } from './form.ts';
import { isFields } from './shape.ts';
import type { Fields, OpenView, View, World } from './world.ts';

const STACK_MAX = 3;
const TRIGGER_MS = 3000;

/** A trigger for one modal within three seconds. */
export function newTrigger(world: World, user: string, viewId?: string): string {
  const id = `${world.nextId('').slice(1)}.${Math.floor(world.clock.now() / 1000)}.sandbox`;
  world.triggers.set(id, { user, expiresAt: world.clock.now() + TRIGGER_MS, used: false, ...(viewId ? { viewId } : {}) });
  return id;
}

const newHash = (world: World): string => `${Math.floor(world.clock.now() / 1000)}.${world.nextId('h')}`;
const fieldsOr = (value: unknown): Fields | null => (isFields(value) ? value : null);

/** The view as Slack keeps it. What was typed stays where block_id and action_id are the same as before. */
function keep(world: World, sent: Fields, place: { id: string; root: string; previous: string | null; before?: View }): View {
  const blocks = withIds(sent.blocks, world.nextId);
  return {
    id: place.id,
    type: sent.type === 'home' ? 'home' : 'modal',
    team_id: world.team.id,
    app_id: world.bot.appId,
    bot_id: world.bot.botId,
    app_installed_team_id: world.team.id,
    callback_id: String(sent.callback_id ?? ''),
    private_metadata: String(sent.private_metadata ?? ''),
    external_id: String(sent.external_id ?? ''),
    hash: newHash(world),
    root_view_id: place.root,
    previous_view_id: place.previous,
    title: fieldsOr(sent.title),
    submit: fieldsOr(sent.submit),
    close: fieldsOr(sent.close),
    clear_on_close: sent.clear_on_close === true,
    notify_on_close: sent.notify_on_close === true,
    blocks,
    state: { values: fillIn(blocks, place.before?.state.values ?? {}) },
  };
}

function useTrigger(call: Call): { user: string } | Refusal {
  const lacks = missing(call, 'trigger_id', 'view');
  if (lacks) return lacks;
  const trigger = call.world.triggers.get(text(call, 'trigger_id'));
  if (!trigger) return refuse('invalid_trigger_id');
  if (trigger.used) return refuse('exchanged_trigger_id');
  if (call.world.clock.now() > trigger.expiresAt) return refuse('expired_trigger_id');
  return trigger;
}

const externalIdTaken = (world: World, view: Fields, but?: string): boolean =>
  Boolean(view.external_id) && [...world.views.values()].some(({ view: open }) => open.external_id === view.external_id && open.id !== but);

/** Puts a checked view on top of the person's stack. */
export function stackView(world: World, { user, view }: { user: string; view: Fields }): OpenView | Refusal {
  const stack = world.stacks.get(user) ?? [];
  if (stack.length >= STACK_MAX) return refuse('push_limit_reached');
  if (externalIdTaken(world, view)) return refuse('duplicate_external_id');
  const id = world.nextId('V');
  const opened: OpenView = { user, view: keep(world, view, { id, root: stack[0] ?? id, previous: stack.at(-1) ?? null }), errors: {}, trouble: '' };
  world.stacks.set(user, [...stack, id]);
  world.views.set(id, opened);
  world.change({ kind: 'view', what: stack.length === 0 ? 'opened' : 'pushed', open: opened });
  return opened;
}

/** Puts a checked view in the place of an open one. */
export function replaceView(world: World, open: OpenView, view: Fields): OpenView | Refusal {
  if (externalIdTaken(world, view, open.view.id)) return refuse('duplicate_external_id');
  const { id, root_view_id: root, previous_view_id: previous } = open.view;
  open.view = keep(world, view, { id, root, previous, before: open.view });
  open.errors = {};
  open.trouble = '';
  world.change({ kind: 'view', what: 'updated', open });
  return open;
}

/** Takes these modals off the screen. */
export function closeViews(world: World, user: string, ids: readonly string[]): void {
  const stack = world.stacks.get(user) ?? [];
  world.stacks.set(
    user,
    stack.filter((id) => !ids.includes(id)),
  );
  for (const id of [...ids].reverse()) {
    const open = world.views.get(id);
    world.views.delete(id);
    if (open) world.change({ kind: 'view', what: 'closed', open });
  }
}

export const openView =
  (how: 'open' | 'push') =>
  (call: Call): Answer => {
    const trigger = useTrigger(call);
    if (isRefusal(trigger)) return trigger;
    const { view } = call.args;
    const refusal = viewRefusal(call.world, view);
    if (refusal) return refusal;
    if (!isFields(view) || view.type !== 'modal') return refuse('invalid_arguments', { response_metadata: { messages: ['[ERROR] view must be a modal'] } });
    if (how === 'push' && (call.world.stacks.get(trigger.user) ?? []).length === 0) return refuse('not_found');
    const stacked = stackView(call.world, { user: trigger.user, view });
    if (isRefusal(stacked)) return stacked;
    const used = call.world.triggers.get(text(call, 'trigger_id'));
    if (used) used.used = true;
    return { ok: true, view: stacked.view };
  };

export function updateView(call: Call): Answer {
  const { world } = call;
  const lacks = missing(call, 'view');
  if (lacks) return lacks;
  const byExternalId = [...world.views.values()].find((open) => has(call, 'external_id') && open.view.external_id === text(call, 'external_id'));
  const open = world.views.get(text(call, 'view_id')) ?? byExternalId;
  if (!open) return refuse('not_found');
  if (has(call, 'hash') && text(call, 'hash') !== open.view.hash) return refuse('hash_conflict');
  const refusal = viewRefusal(world, call.args.view);
  if (refusal) return refusal;
  if (!isFields(call.args.view) || call.args.view.type !== 'modal') return refuse('invalid_arguments');
  const replaced = replaceView(world, open, call.args.view);
  return isRefusal(replaced) ? replaced : { ok: true, view: replaced.view };
}

export function publishView(call: Call): Answer {
  const { world } = call;
  const lacks = missing(call, 'user_id', 'view');
  if (lacks) return lacks;
  const user = text(call, 'user_id');
  if (!world.people.has(user)) return refuse('user_not_found');
  const before = world.homes.get(user);
  if (has(call, 'hash') && before && text(call, 'hash') !== before.hash) return refuse('hash_conflict');
  const refusal = viewRefusal(world, call.args.view);
  if (refusal) return refusal;
  if (!isFields(call.args.view) || call.args.view.type !== 'home') return refuse('invalid_arguments');
  const id = before?.id ?? world.nextId('V');
  const view = keep(world, call.args.view, { id, root: id, previous: null, ...(before ? { before } : {}) });
  world.homes.set(user, view);
  world.change({ kind: 'home', what: 'published', user, view });
  return { ok: true, view };
}
