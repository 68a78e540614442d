import type { Channel } from '../slack/world.ts';
import { fullName } from './context.ts';
import type { PlaygroundStatus, Try } from './extras.ts';
import { avatar, logo } from './faces.ts';
import { type Html, html, link, safeUrl, trusted } from './html.ts';
import { channelPath, channelsOf, contextFor, faceOf, homePath, type Stage, unreadOf, type Visit } from './lens.ts';
import { spread } from './spot.ts';

function entry(address: string, label: Html, { current, unread, mentions }: { current: boolean; unread: boolean; mentions: number }): Html {
  const link = spread({ href: address, class: `entry${unread ? ' unread' : ''}`, 'aria-current': current ? 'page' : undefined });
  const told = unread ? html`<span class="dot" role="img" aria-label="unread"></span>` : '';
  return html`<li><a${link}>${label}${mentions > 0 ? html`<span class="count" aria-label="${mentions} mentions">${mentions}</span>` : told}</a></li>`;
}

function channelEntry(stage: Stage, channel: Channel, visit: Visit): Html {
  const current = visit.channel === channel.id;
  const { any, mentions } = current ? { any: false, mentions: 0 } : unreadOf(stage, visit.person, channel);
  const name = channel.kind === 'im' ? fullName(contextFor(stage, visit.person), stage.slack.world.bot.userId) : channel.name;
  const sign = channel.kind === 'private' ? '🔒' : channel.kind === 'im' ? '●' : '#';
  const label = html`<span class="sign" aria-hidden="true">${sign}</span
    ><span class="name">${name}</span>${channel.isArchived ? html`<span class="about">archived</span>` : ''}`;
  return entry(channelPath(channel.id, visit.person), label, { current, unread: any, mentions });
}

function part(title: string, entries: readonly Html[]): Html {
  return entries.length === 0 ? html`` : html`<section class="part" aria-label="${title}"><h2>${title}</h2><ul>${entries}</ul></section>`;
}

function tryEntry(each: Try, n: number): Html {
  return html`<li><button type="button" class="entry" data-try="${n}"><span class="sign" aria-hidden="true">${each.icon}</span
    ><span class="name">${each.label}</span></button></li>`;
}

/** The list at the left: channels, the app, what to try. */
export function sidebar(stage: Stage, visit: Visit): Html {
  const { world } = stage.slack;
  const seen = channelsOf(world, visit.person);
  const rooms = seen.filter((channel) => channel.kind !== 'im' && !channel.isArchived);
  const direct = seen.filter((channel) => channel.kind === 'im');
  const old = seen.filter((channel) => channel.kind !== 'im' && channel.isArchived);
  const app = contextFor(stage, visit.person).people.find((face) => face.id === world.bot.userId)?.fullName ?? world.bot.name;
  const home = entry(homePath(visit.person), html`<span class="sign logo">${logo}</span><span class="name">${app} <span class="about">Home</span></span>`, {
    current: visit.channel === undefined,
    unread: false,
    mentions: 0,
  });
  const channels = (list: readonly Channel[]) => list.map((channel) => channelEntry(stage, channel, visit));
  return html`${part('Channels', channels(rooms))}${part('Direct messages', channels(direct))}${part('Apps', [home])}${part(
    'Try',
    (stage.extras.tries ?? []).map(tryEntry),
  )}${part('Archived', channels(old))}`;
}

// A small curve without axes; its meaning is in the label and the rows.
function curve({ label, values }: NonNullable<PlaygroundStatus['curve']>): Html {
  const known = values.filter(Number.isFinite).slice(-120);
  const top = Math.max(...known, Number.EPSILON);
  const points = known.map((value, n) => `${((n / Math.max(1, known.length - 1)) * 100).toFixed(1)},${(27 - (value / top) * 25).toFixed(1)}`);
  const line = points.join(' ');
  return html`<svg class="curve" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label="${label}">${
    points.length < 2 ? '' : trusted(`<polygon points="0,28 ${line} 100,28"/><polyline points="${line}"/>`)
  }</svg>`;
}

/** What is asked for every second must not bring the playground down when it fails once. */
function statusNow(stage: Stage): PlaygroundStatus | undefined {
  try {
    return stage.extras.status?.();
  } catch (cause) {
    return { title: 'Status', rows: [{ label: 'unknown', value: cause instanceof Error ? cause.message : String(cause), tone: 'bad' }] };
  }
}

/** What runs now, asked afresh each time it is drawn. */
export function statusBox(stage: Stage): Html {
  const status = statusNow(stage);
  if (status === undefined) return html``;
  const rows = status.rows.map((row) => {
    const value = row.href !== undefined && safeUrl(row.href) !== undefined ? link(row.href, row.value) : html`${row.value}`;
    return html`<div class="row"><dt>${row.label}</dt><dd class="${row.tone ?? 'plain'}">${value}</dd></div>`;
  });
  return html`<section class="status" aria-label="${status.title}"><h2>${status.title}</h2
    ><dl>${rows}</dl>${status.curve === undefined ? '' : curve(status.curve)}</section>`;
}

/** Who the visitor is, and who else they can be. */
export function switcher(stage: Stage, visit: Visit): Html {
  const faces = stage.extras.cast.flatMap(({ id }) => {
    const person = stage.slack.world.people.get(id);
    return person === undefined ? [] : [faceOf(stage, person)];
  });
  const now = faces.find((face) => face.id === visit.person);
  const about = (role: string) => (role === '' ? '' : html`<span class="about">${role}</span>`);
  const items = faces.map((face) => {
    const address = visit.channel === undefined ? homePath(face.id) : `/channel/${encodeURIComponent(visit.channel)}?as=${encodeURIComponent(face.id)}`;
    const told = spread({ href: address, class: 'item', role: 'menuitemradio', 'aria-checked': String(face.id === visit.person) });
    return html`<a${told}>${avatar(face, 'small')}<span>${face.fullName}${about(face.role)}</span></a>`;
  });
  return html`<button type="button" class="switcher" popovertarget="cast" aria-haspopup="menu" aria-label="Acting as ${now?.fullName ?? visit.person}"
    >${now === undefined ? '' : avatar(now, 'small')}<span class="who"><span class="about">Acting as</span
    ><strong>${now?.fullName ?? visit.person}</strong>${about(now?.role ?? '')}</span
    ><span class="caret" aria-hidden="true">▾</span></button><div popover role="menu" class="menu" id="cast" aria-label="Act as">${items}</div>`;
}
