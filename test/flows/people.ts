/** How a person works in the sandbox's Slack: finds buttons by their label, fills forms by their fields, reads what only they can read. */
import { textOf } from '../../src/sandbox/demo/reader.ts';
import { screenshot } from '../../src/sandbox/demo/screenshot.ts';
import type { Acked, MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import type { Block, Channel, Fields, Values } from '../../src/sandbox/slack/world.ts';

/** What goes into a field: a text, the value of an option, a person's id, or ids of files. */
export type Filling = Readonly<Record<string, string | readonly string[]>>;

export interface Persona {
  readonly id: string;
  /** Waits for a button with this label and presses the newest one. Answers what they, and only they, read afterwards. */
  presses(label: RegExp, where?: string): Promise<string>;
  /** Chooses an entry of the card's overflow. */
  picks(label: RegExp, where?: string): Promise<string>;
  /** `types('/incident new sev2 It is slow')`, in #general unless another channel is named. */
  types(line: string, channel?: string): Promise<string>;
  shortcut(callbackId: string): Promise<void>;
  /** Fills the form on the screen, block by block, and sends it. Answers errors by block, or undefined, and what was read. */
  fills(filling: Filling): Promise<{ readonly errors: Readonly<Record<string, string>> | undefined; readonly reads: string }>;
  uploads(name?: string): Promise<string>;
  /** The form on the screen; undefined: none. */
  screen(): { readonly id: string; readonly title: string; readonly text: string; readonly blocks: readonly Block[] } | undefined;
  says(text: string, channel: string): Promise<string>;
  reacts(emoji: string, channel: string, ts: string): Promise<void>;
  messageShortcut(callbackId: string, channel: string, ts: string): Promise<string>;
  opensHome(): Promise<string>;
  joins(channel: string): Promise<string>;
  /** Everything only they could read so far. */
  heard(): readonly string[];
}

interface Room {
  readonly slack: MiniSlack;
  settle(): Promise<void>;
  until<T>(what: string, look: () => T | undefined): Promise<T>;
  /** The channels a person looks into, the most interesting first. */
  channels(): readonly Channel[];
}

export function persona(room: Room, id: string): Persona {
  const { slack } = room;
  const acts = slack.as(id);
  const heard = (): readonly string[] => slack.world.ephemerals.filter(({ user }) => user === id).map(({ message }) => textOf(message));
  /** Does it, waits until everything it set off is done, and reads. */
  const listen = async (act: () => Promise<Acked | undefined>): Promise<string> => {
    await room.settle();
    const before = heard().length;
    const ack = await act();
    if (ack && ack.kind !== 'acked') throw new Error(`${id} got no answer: ${JSON.stringify(ack)}`);
    await room.settle();
    return heard().slice(before).join('\n');
  };
  const screen = (): ReturnType<Persona['screen']> => screenOf(slack, id);
  return {
    id,
    heard,
    screen,
    presses: (label, where) => listen(() => pressIn(room, { id, acts, wanted: { type: 'button', label }, where })),
    picks: (label, where) => listen(() => pressIn(room, { id, acts, wanted: { type: 'overflow', label }, where })),
    types(line, channel = 'general') {
      const [command = '', ...words] = line.split(' ');
      return listen(() => acts.slash(channel, command, words.join(' ')));
    },
    shortcut: async (callbackId) => void (await listen(() => acts.shortcut(callbackId))),
    async fills(filling) {
      await room.settle();
      const form = screen();
      if (!form) throw new Error(`${id} has no form on the screen`);
      let errors: Record<string, string> | undefined;
      const reads = await listen(async () => {
        const result = await acts.submit(form.id, valuesFor(form.blocks, filling));
        errors = result.errors;
        return errors ? undefined : result.ack;
      });
      return { errors, reads };
    },
    uploads: (name = 'checkout-error.png') => acts.upload(name, screenshot()),
    async says(text, channel) {
      const { ts } = await acts.say(channel, text);
      await room.settle();
      return ts;
    },
    reacts: async (emoji, channel, ts) => void (await listen(() => acts.react(channel, ts, emoji))),
    messageShortcut: (callbackId, channel, ts) => listen(() => acts.messageShortcut(callbackId, channel, ts)),
    async opensHome() {
      await listen(() => acts.openHome());
      return textOf({ type: 'message', ts: '', text: '', blocks: slack.world.homes.get(id)?.blocks ?? [] });
    },
    joins: (channel) => listen(() => acts.join(channel)),
  };
}

function screenOf(slack: MiniSlack, id: string): ReturnType<Persona['screen']> {
  const viewId = slack.world.stacks.get(id)?.at(-1);
  const open = viewId === undefined ? undefined : slack.world.views.get(viewId);
  if (viewId === undefined || !open) return undefined;
  const { blocks, title } = open.view;
  return { id: viewId, title: String(title?.text ?? ''), text: textOf({ type: 'message', ts: '', text: '', blocks }), blocks };
}

interface Press {
  readonly id: string;
  readonly acts: ReturnType<MiniSlack['as']>;
  readonly wanted: { readonly type: 'button' | 'overflow'; readonly label: RegExp };
  /** Name or id of the one channel to look into. */
  readonly where: string | undefined;
}

async function pressIn(room: Room, press: Press): Promise<Acked> {
  return (await room.until(`${press.id} sees the ${press.wanted.type} ${press.wanted.label}`, () => sight(room, press)))();
}

/** The act that presses it; undefined: it is not to be seen. */
function sight({ slack, channels }: Room, { id, acts, wanted, where }: Press): (() => Promise<Acked>) | undefined {
  const own = slack.world.ephemerals.filter((each) => each.user === id).map(({ channel, message }) => ({ channel, message }));
  const shown = channels().flatMap(({ id: channel, name, messages }) => messages.map((message) => ({ channel, name, message })));
  const only = where === undefined ? undefined : slack.channelId(where);
  const visible = [...own, ...shown].filter(({ channel }) => only === undefined || channel === only);
  for (const { channel, message } of visible.sort((a, b) => Number(b.message.ts) - Number(a.message.ts))) {
    const found = findIn(message.blocks ?? [], wanted);
    if (found) return () => acts.click(channel, message.ts, found.target, found.choice);
  }
  const view = screenOf(slack, id) ?? slack.world.homes.get(id);
  const found = view && findIn(view.blocks, wanted);
  return found && (() => acts.clickInView(view.id, found.target, found.choice));
}

interface Found {
  readonly target: { readonly blockId: string; readonly actionId: string };
  readonly choice: string | undefined;
}

function findIn(blocks: readonly Block[], { type, label }: Press['wanted']): Found | undefined {
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      if (element.type !== type) continue;
      const target = { blockId: String(block.block_id), actionId: String(element.action_id) };
      if (type === 'button' && label.test(wordsOf(element.text))) return { target, choice: typeof element.value === 'string' ? element.value : undefined };
      const option = type === 'overflow' ? (element.options as Fields[]).find(({ text }) => label.test(wordsOf(text))) : undefined; // Slack's own field
      if (option) return { target, choice: String(option.value) };
    }
  }
  return undefined;
}

const elementsOf = (block: Block): readonly Fields[] => [
  ...(Array.isArray(block.elements) ? (block.elements as Fields[]) : []), // Slack's own field
  ...(block.accessory ? [block.accessory as Fields] : []),
];
const wordsOf = (text: unknown): string => (typeof text === 'object' && text !== null && 'text' in text ? String(text.text) : '');

function valuesFor(blocks: readonly Block[], filling: Filling): Values {
  const values: Values = {};
  for (const [blockId, filled] of Object.entries(filling)) {
    const block = blocks.find((one) => one.block_id === blockId || one.block_id?.startsWith(`${blockId}:`));
    const element = block?.element as Fields | undefined; // Slack's own field
    if (!block?.block_id || !element) throw new Error(`the form has no input ${blockId}; there are: ${blocks.map((one) => one.block_id).join(', ')}`);
    values[block.block_id] = { [String(element.action_id)]: stateFor(String(element.type), filled) };
  }
  return values;
}

function stateFor(type: string, filled: string | readonly string[]): Fields {
  if (type === 'file_input') return { files: filled };
  if (type === 'users_select') return { selected_user: filled };
  return type === 'static_select' ? { selected_option: filled } : { value: filled };
}
