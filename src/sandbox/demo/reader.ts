/** How the people of the demo see Slack: channels, messages and buttons, found as a person finds them. */
import type { MiniSlack } from '../slack/mini-slack.ts';
import type { Block, Channel, Fields, Message } from '../slack/world.ts';

export interface Found {
  readonly channel: Channel;
  readonly message: Message;
}

export interface Reader {
  incidentChannel(): Channel | undefined;
  /** The newest message of the incident's channel whose text or blocks say this. */
  message(saying: RegExp): Found | undefined;
  /** A button by its label. */
  button(label: RegExp): (Found & { readonly actionId: string; readonly blockId: string | undefined; readonly value: string | undefined }) | undefined;
  /** The modal on this person's screen. */
  modal(user: string): { readonly id: string; readonly blocks: readonly Block[]; readonly title: string } | undefined;
}

export function readSlack(slack: MiniSlack): Reader {
  const incidentChannel = (): Channel | undefined => [...slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-')).at(-1);
  const messages = (): readonly Found[] => {
    const channel = incidentChannel();
    return channel ? channel.messages.toReversed().map((message) => ({ channel, message })) : [];
  };
  return {
    incidentChannel,
    message: (saying) => messages().find(({ message }) => saying.test(textOf(message))),
    button(label) {
      for (const found of messages()) {
        const hit = elementsOf(found.message.blocks ?? []).find(({ element }) => element.type === 'button' && label.test(words(element.text)));
        if (hit) return { ...found, actionId: String(hit.element.action_id), blockId: hit.block.block_id, value: hit.element.value as string | undefined }; // Slack's own field
      }
      return undefined;
    },
    modal(user) {
      const id = slack.world.stacks.get(user)?.at(-1);
      const open = id === undefined ? undefined : slack.world.views.get(id);
      return id === undefined || !open ? undefined : { id, blocks: open.view.blocks, title: words(open.view.title) };
    },
  };
}

/** All text of a message, as a reader's eye takes it in. */
export function textOf(message: Message): string {
  return [message.text, ...(message.blocks ?? []).flatMap(textsIn)].join('\n');
}

function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? (['text', 'title', 'alt_text', 'details'].includes(key) ? [inner] : []) : textsIn(inner),
  );
}

function elementsOf(blocks: readonly Block[]): { block: Block; element: Fields }[] {
  return blocks.flatMap((block) => {
    const elements = [...((block.elements as Fields[] | undefined) ?? []), ...(block.accessory ? [block.accessory as Fields] : [])]; // Slack's own fields
    return elements.map((element) => ({ block, element }));
  });
}

const words = (text: unknown): string => (typeof text === 'object' && text !== null && 'text' in text && typeof text.text === 'string' ? text.text : '');
