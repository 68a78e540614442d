import type { Channel, Message } from '../slack/world.ts';
import { attachment, fileCard } from './attachments.ts';
import { renderBlocks, type Scene } from './blocks.ts';
import { type Face, fullName, type RenderContext } from './context.ts';
import { clockTime } from './dates.ts';
import { emoji } from './emoji.ts';
import type { ShortcutEntry } from './extras.ts';
import { authorOf, avatar } from './faces.ts';
import { type Html, html } from './html.ts';
import { instantOf, messageId } from './lens.ts';
import { list, record } from './loose.ts';
import { mrkdwn } from './mrkdwn.ts';
import { spread } from './spot.ts';

/** One message as it will stand in the feed. */
export interface Entry {
  readonly message: Message;
  readonly ephemeral: boolean;
  /** Follows a message of the same author closely: no avatar, no name. */
  readonly compact: boolean;
  readonly replies: readonly Entry[];
  /** Who joined, when the entry stands for several joins in a row. */
  readonly joined?: readonly string[];
}

export interface FeedScene {
  readonly context: RenderContext;
  readonly channel: Channel;
  readonly ownBot: string;
  readonly shortcuts: readonly ShortcutEntry[];
}

const SYSTEM = /^(channel|group)_(join|leave|topic|purpose|name|archive|unarchive)$|^(pinned_item|bot_add)$/;

function content(message: Message, scene: Scene): Html {
  const blocks = list(message.blocks);
  const files = message.files ?? [];
  const text =
    blocks.length > 0 ? renderBlocks(blocks, scene) : message.text === '' ? '' : html`<div class="text">${mrkdwn(message.text, scene.context)}</div>`;
  const attached = (message.attachments ?? []).map((part, n) =>
    attachment(record(part), { ...scene, place: { ...scene.place, id: `${scene.place.id}-a${n}` } }),
  );
  return html`${text}${attached}${files.map((file) => fileCard(file, scene))}`;
}

function reactions(message: Message, context: RenderContext): Html {
  const chips = (message.reactions ?? []).map((reaction) => {
    const mine = reaction.users.includes(context.visitor);
    const who = reaction.users.map((user) => fullName(context, user)).join(', ');
    const sign = emoji(reaction.name) ?? `:${reaction.name}:`;
    const told = spread({
      'data-react': reaction.name,
      'aria-pressed': String(mine),
      'aria-label': `${reaction.count} ${reaction.name} by ${who}`,
      title: who,
    });
    return html`<button type="button" class="chip${mine ? ' mine' : ''}"${told}>${sign} <span>${reaction.count}</span></button>`;
  });
  return chips.length === 0 ? html`` : html`<div class="reactions">${chips}</div>`;
}

const QUICK = ['pushpin', 'eyes', 'white_check_mark'] as const;

function tools(id: string, scene: FeedScene): Html {
  const quick = QUICK.map(
    (name) =>
      html`<button type="button" class="tool" data-react="${name}" aria-label="React with ${emoji(name)}"
        title="React with ${emoji(name)}">${emoji(name)}</button>`,
  );
  const entries = scene.shortcuts.map(
    ({ callbackId, label }) => html`<button type="button" role="menuitem" class="item" data-message-shortcut="${callbackId}">${label}</button>`,
  );
  const more =
    entries.length === 0
      ? ''
      : html`<button type="button" class="tool" popovertarget="${id}-tools" aria-haspopup="menu" aria-label="Message shortcuts"
        title="Message shortcuts">⋮</button
        ><div popover role="menu" class="menu" id="${id}-tools" aria-label="Message shortcuts">${entries}</div>`;
  return html`<div class="tools" role="toolbar" aria-label="Message actions">${quick}<button type="button" class="tool" data-reply
    aria-label="Reply in thread" title="Reply in thread">💬</button>${more}</div>`;
}

function thread(entry: Entry, id: string, scene: FeedScene): Html {
  const count = entry.replies.length;
  return html`<details class="thread${count === 0 ? ' empty' : ''}" id="${id}-thread" open><summary>${`${count} ${count === 1 ? 'reply' : 'replies'}`}</summary
    >${entry.replies.map((reply) => messageArticle(reply, scene))}<form class="reply" data-thread="${entry.message.thread_ts ?? entry.message.ts}"
    ><input class="input" id="${id}-reply" aria-label="Reply in thread" placeholder="Reply…" autocomplete="off"></form></details>`;
}

function byline(author: Face, entry: Entry, context: RenderContext): Html {
  const at = instantOf(entry.message.ts);
  const time = html`<time class="time" datetime="${new Date(at).toISOString()}">${clockTime(at, context.timeZone)}</time>`;
  const only = entry.ephemeral ? html`<span class="only"><span aria-hidden="true">👁</span> Only visible to you</span>` : '';
  const badge = author.app ? html` <span class="badge">APP</span>` : '';
  return html`<p class="byline"><strong>${author.fullName}</strong>${badge} ${time} ${edited(entry)} ${only}</p>`;
}

/** Our cards are edited all the time: said beside the time, where it is in nobody's way. */
const edited = ({ message }: Entry): Html => (message.edited === undefined ? html`` : html`<span class="edited">(edited)</span>`);

const ALL = new Intl.ListFormat('en-GB', { type: 'conjunction' });

function systemRow(id: string, at: string, said: Html): Html {
  return html`<div class="system" id="${id}"><span class="time">${at}</span><div>${said}</div></div>`;
}

/** `Ada joined #incidents`: one grey line. */
function systemLine(entry: Entry, scene: FeedScene): Html {
  const { message } = entry;
  const author = authorOf(message, scene.context, scene.ownBot);
  const at = clockTime(instantOf(message.ts), scene.context.timeZone);
  const names = entry.joined?.map((user) => fullName(scene.context, user));
  if (names !== undefined) return systemRow(messageId(scene.channel.id, message.ts), at, html`${ALL.format(names)} joined.`);
  const said = message.text.startsWith('<@')
    ? mrkdwn(message.text, scene.context)
    : html`<strong>${author.fullName}</strong> ${mrkdwn(message.text, scene.context)}`;
  return systemRow(messageId(scene.channel.id, message.ts), at, said);
}

/** One message with everything that hangs on it. Its name for screen readers is who and when. */
export function messageArticle(entry: Entry, scene: FeedScene): Html {
  const { message, ephemeral } = entry;
  if (SYSTEM.test(message.subtype ?? '')) return systemLine(entry, scene);
  const { context, channel } = scene;
  const id = messageId(channel.id, message.ts);
  const author = authorOf(message, context, scene.ownBot);
  const pin = ephemeral ? undefined : channel.pins.find((held) => held.ts === message.ts);
  const compact = entry.compact && pin === undefined;
  const time = clockTime(instantOf(message.ts), context.timeZone);
  const reply = message.thread_ts !== undefined && message.thread_ts !== message.ts;
  const kinds = ['message', compact ? 'compact' : '', pin ? 'pinned' : '', ephemeral ? 'ephemeral' : '', reply ? 'small' : '']
    .filter((kind) => kind !== '')
    .join(' ');
  const drawn = content(message, { context, place: { id, kind: 'message' } });
  const name = `${author.fullName}, ${time}${ephemeral ? ', only visible to you' : ''}`;
  return html`<article${spread({ class: kinds, id, 'data-ts': message.ts, 'aria-label': name })}>${
    pin === undefined ? '' : html`<p class="pinned-by"><span aria-hidden="true">📌</span> Pinned by ${fullName(context, pin.created_by)}</p>`
  }<div class="gutter">${compact ? html`<span class="time late">${time}</span>` : avatar(author, reply ? 'small' : 'large')}</div><div class="body">${
    compact ? '' : byline(author, entry, context)
  }${drawn}${ephemeral ? '' : reactions(message, context)}</div>${
    ephemeral ? '' : tools(id, scene)
  }${ephemeral || reply ? '' : thread(entry, id, scene)}</article>`;
}
