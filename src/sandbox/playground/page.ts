import type { Channel } from '../slack/world.ts';
import { favicon, logo } from './faces.ts';
import { feed } from './feed.ts';
import { channelHeader, homeHeader } from './header.ts';
import { type Html, html, markupOf } from './html.ts';
import type { Stage, Visit } from './lens.ts';
import { sidebar, statusBox, switcher } from './sidebar.ts';
import { home, modals } from './views.ts';

/** The parts of the page that change by themselves, by the id of the element they fill. */
export type Regions = Readonly<Record<'sidebar' | 'status' | 'header' | 'feed' | 'modals', string>>;

export function placeName(stage: Stage, visit: Visit): string {
  const channel = visit.channel === undefined ? undefined : stage.slack.world.channels.get(visit.channel);
  if (channel === undefined) return 'Home';
  return channel.kind === 'im' ? 'Direct message' : `#${channel.name}`;
}

/** What one visitor sees now, as text to compare with what they saw before. */
export function regions(stage: Stage, visit: Visit): Regions {
  const channel = visit.channel === undefined ? undefined : stage.slack.world.channels.get(visit.channel);
  const { bot, people } = stage.slack.world;
  const head = channel === undefined ? homeHeader(people.get(bot.userId)?.realName ?? bot.name) : channelHeader(stage, channel, visit);
  return {
    sidebar: markupOf(sidebar(stage, visit)),
    status: markupOf(statusBox(stage)),
    header: markupOf(head),
    feed: markupOf(channel === undefined ? home(stage, visit.person) : feed(stage, channel, visit.person)),
    modals: markupOf(modals(stage, visit.person)),
  };
}

function shortcutsMenu(stage: Stage): Html {
  const entries = stage.extras.shortcuts ?? [];
  if (entries.length === 0) return html``;
  const items = entries.map(
    ({ callbackId, label }) => html`<button type="button" role="menuitem" class="item" data-shortcut="${callbackId}">${label}</button>`,
  );
  return html`<button type="button" class="tool" popovertarget="shortcuts" aria-haspopup="menu" aria-label="Shortcuts" title="Shortcuts">⚡</button
    ><div popover role="menu" class="menu" id="shortcuts" aria-label="Shortcuts">${items}</div>`;
}

/** The box to write in. Command hints come as JSON for the browser to filter while one types. */
function composer(stage: Stage, channel: Channel): Html {
  const target = channel.kind === 'im' ? 'the app' : `#${channel.name}`;
  const hints = JSON.stringify(stage.extras.commands ?? []);
  return html`<form id="composer" data-hints="${hints}"><ul id="hints" role="listbox" aria-label="Commands" hidden></ul
    ><ul class="chosen" id="attached" aria-label="Attached files"></ul
    ><textarea id="composer-text" rows="1" role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="hints" aria-label="Message ${target}"
    placeholder="Message ${target}"></textarea
    ><div class="composer-foot">${shortcutsMenu(stage)}<label class="tool attach" title="Attach a file"><span aria-hidden="true">📎</span
    ><input type="file" multiple aria-label="Attach a file" data-upload="attached" data-most="10"></label
    ><span class="about grow">Type / for commands. Enter sends, Shift + Enter breaks the line.</span><button type="submit" class="btn primary send">Send</button></div></form>`;
}

/** The whole page. Everything but the regions and the composer's text stays as it is until the next page is loaded. */
export function page(stage: Stage, visit: Visit): string {
  const now = regions(stage, visit);
  const channel = visit.channel === undefined ? undefined : stage.slack.world.channels.get(visit.channel);
  const name = stage.extras.name ?? 'Tagback playground';
  // What `regions` answers has been escaped when it was made.
  const filled = (id: keyof Regions, open: string, tag: string) => `<${tag} id="${id}" ${open}>${now[id]}</${tag}>`;
  const place = placeName(stage, visit);
  const shell = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"
    ><title>${place} · ${name}</title
    ><link rel="icon" href="${favicon}"><link rel="stylesheet" href="/playground.css"><script type="module" src="/browser/main.js"></script></head
    ><body data-as="${visit.person}" data-channel="${visit.channel ?? ''}"><div id="shell"><aside id="side" aria-label="Workspace"><div class="workspace"
    ><span class="logo">${logo}</span><strong>${name}</strong
    ><button type="button" class="tool narrow" data-drawer aria-label="Close sidebar">✕</button></div>`;
  const log = visit.channel === undefined ? 'aria-label="App Home"' : `role="log" aria-label="Messages" tabindex="0"`;
  return [
    markupOf(shell),
    filled('sidebar', 'aria-label="Channels and apps"', 'nav'),
    filled('status', '', 'div'),
    markupOf(
      html`<div class="acting">${switcher(stage, visit)}</div></aside><main><div id="top"
        ><button type="button" class="tool narrow" data-drawer aria-label="Open sidebar">☰</button>`,
    ),
    filled('header', '', 'header'),
    '</div><div id="scroll">',
    filled('feed', log, 'div'),
    '</div><button type="button" id="newest" hidden>New messages ↓</button>',
    channel === undefined || channel.isArchived ? '' : markupOf(composer(stage, channel)),
    `</main></div>${filled('modals', '', 'div')}<div id="ask"></div><div class="toasts" id="toasts" role="status" aria-live="polite"></div></body></html>`,
  ].join('');
}
