import type { Channel } from '../slack/world.ts';
import { fullName, type RenderContext } from './context.ts';
import { withEmoji } from './emoji.ts';
import { avatar } from './faces.ts';
import { type Html, html, safeUrl } from './html.ts';
import { contextFor, messageId, type Stage, type Visit } from './lens.ts';
import { mrkdwn } from './mrkdwn.ts';
import { spread } from './spot.ts';

/** `3 members`; on a narrow screen the word is not shown. */
function counted(n: number, one: string, many = `${one}s`): Html {
  return html`${n}<span class="word"> ${n === 1 ? one : many}</span>`;
}

function pins(channel: Channel, context: RenderContext): Html {
  if (channel.pins.length === 0) return html``;
  const items = channel.pins.map((pin) => {
    const message = channel.messages.find((held) => held.ts === pin.ts);
    const line = (message?.text ?? 'a message that is gone').split('\n')[0]?.slice(0, 90) ?? '';
    return html`<a class="item" role="menuitem" href="#${messageId(channel.id, pin.ts)}" data-jump
      ><span>${line || 'a card'}<span class="about">pinned by ${fullName(context, pin.created_by)}</span></span></a>`;
  });
  return html`<button type="button" class="fact" popovertarget="pins" aria-haspopup="menu" aria-label="${channel.pins.length} pinned"
    ><span aria-hidden="true">📌</span> ${counted(channel.pins.length, 'pinned', 'pinned')}</button
    ><div popover role="menu" class="menu wide" id="pins" aria-label="Pinned messages">${items}</div>`;
}

function members(channel: Channel, context: RenderContext): Html {
  const faces = [...channel.members].flatMap((id) => context.people.find((face) => face.id === id) ?? []);
  const items = faces.map((face) => html`<li class="item">${avatar(face, 'small')}<span>${face.fullName}<span class="about">${face.role}</span></span></li>`);
  return html`<button type="button" class="fact" popovertarget="members" aria-haspopup="true" aria-label="${channel.members.size} members"
    ><span aria-hidden="true">👥</span> ${counted(channel.members.size, 'member')}</button
    ><ul popover class="menu" id="members" aria-label="Members">${items}</ul>`;
}

function bookmarks(channel: Channel): Html {
  const links = channel.bookmarks.map((bookmark) => {
    const label = html`<span aria-hidden="true">${withEmoji(bookmark.emoji) || '🔗'}</span> ${bookmark.title}`;
    const href = safeUrl(bookmark.link);
    return href === undefined
      ? html`<span class="bookmark">${label}</span>`
      : html`<a${spread({ class: 'bookmark', href, target: '_blank', rel: 'noopener noreferrer' })}>${label}</a>`;
  });
  return links.length === 0 ? html`` : html`<nav class="bookmarks" aria-label="Bookmarks">${links}</nav>`;
}

/** Name, topic, pins, members and bookmarks of a channel. */
export function channelHeader(stage: Stage, channel: Channel, visit: Visit): Html {
  const context = contextFor(stage, visit.person);
  const name = channel.kind === 'im' ? fullName(context, stage.slack.world.bot.userId) : channel.name;
  const joined = channel.members.has(visit.person) || channel.kind === 'im';
  const topic = channel.topic.value === '' ? '' : html`<p class="topic" title="${channel.topic.value}">${mrkdwn(channel.topic.value, context)}</p>`;
  const join = joined || channel.isArchived ? '' : html`<button type="button" class="btn primary" data-join>Join channel</button>`;
  const sign = channel.kind === 'im' ? '' : html`<span aria-hidden="true">${channel.kind === 'private' ? '🔒' : '#'}</span> `;
  return html`<div class="title-row"><h1>${sign}${name}</h1>${topic}<div class="facts"
    >${pins(channel, context)}${channel.kind === 'im' ? '' : members(channel, context)}${join}</div></div>${bookmarks(channel)}`;
}

export function homeHeader(name: string): Html {
  return html`<div class="title-row"><h1>${name}</h1><p class="topic">Home</p></div>`;
}
