/** The story in the channel: one short sentence per event that a reader wants to see go by. Names, not mentions: nobody is pinged for their own act. */

import { alertKey, alertWord, seenCount } from '../core/alert.ts';
import { listEvidence, NAMED_IN_CHANNEL } from '../core/evidence.ts';
import type { Actor, Incident, TimelineEvent } from '../core/model.ts';
import { tell, tellChange } from '../core/story.ts';
import { bold, channelLink, type Escaped, escapeLine, escapeText, joined, link, md, mention, quote } from './escape.ts';
import type { Block, Message, RenderExtra } from './view.ts';
import { severityWord } from './view-card.ts';
import { button, section } from './view-parts.ts';
import { evidence } from './view-step.ts';

export function line(incident: Incident, { event, links }: RenderExtra): Message | undefined {
  if (!event) return undefined;
  const text = sentence(event, incident);
  if (!text) return undefined;
  const blocks: Block[] = [section(text)];
  // Every reminder carries the button that clears it.
  if (event.kind === 'noted' && event.by.kind === 'bot' && !incident.roles.lead && incident.phase !== 'resolved') {
    blocks.push({
      type: 'actions',
      block_id: 'lead',
      elements: [button({ label: 'Take the lead', action: 'acknowledge', aim: { incident: incident.id }, style: 'primary' })],
    });
  }
  if (event.kind === 'alerted' && seenCount(incident) > 1 && incident.phase !== 'resolved') {
    const aim = { incident: incident.id, choice: alertWord(alertKey(event.signal)) };
    blocks.push({
      type: 'actions',
      block_id: 'joined',
      elements: [button({ label: 'Not this one?', action: 'split', aim, spoken: 'Make it an incident of its own' })],
    });
  }
  if (event.kind === 'resolved' && links.timeline) blocks.push(section(link(links.timeline, 'Read the timeline')));
  return { text, blocks };
}

function sentence(event: TimelineEvent, incident: Incident): Escaped | undefined {
  const who = name(event.by);
  switch (event.kind) {
    case 'alerted':
      return md`${bold(md`Alert joined`)} from ${escapeLine(event.signal.source, 60)}: ${escapeLine(event.signal.summary)} (${escapeLine(event.because, 200)})`;
    case 'alertCleared':
      return md`${bold(md`Alert cleared`)}. It had said: ${escapeLine(event.signal.summary)}`;
    case 'roleTaken':
      return roleTaken(event);
    case 'severityChanged':
      return md`${who} set the severity to ${severityWord(event.to)}.`;
    case 'noted':
      return event.by.kind === 'bot'
        ? escapeText(event.text, 600)
        : event.permalink
          ? md`${who} put ${link(event.permalink, 'a message')} into the timeline: “${escapeLine(event.text, 120)}”`
          : md`${who} noted:\n${quote(event.text)}`;
    case 'updated':
      return md`${bold(md`Update`)} from ${who}:\n${quote(event.text, 1500)}`;
    case 'reported':
      return md`${bold(md`Also reported`)} by ${who}: ${escapeLine(event.text)}`;
    case 'fixAnswered':
      return event.fixed ? md`${who} reported it and says: fixed.` : md`${bold(md`Not fixed`)} for ${who}, who reported it.`;
    case 'evidenceAdded':
      // The message it was named in stands above, and the beginning is no news.
      if (event.because === NAMED_IN_CHANNEL || event.by.kind === 'bot') return undefined;
      return md`${who} added ${escapeText(listEvidence(event.items))}:\n${joined(
        event.items.slice(0, 8).map((item) => md`• ${evidence(item)}`),
        '\n',
      )}`;
    case 'alertsLeft':
    case 'alertsCame':
      return md`${escapeLine(tell(event, incident), 300)}, by ${who}.`;
    case 'resolved':
      if (event.into) return mergedInto(event.into, who);
      return event.summary ? md`${bold(md`Resolved`)} by ${who}:\n${quote(event.summary)}` : md`${bold(md`Resolved`)} by ${who}.`;
    case 'reopened':
      return md`${bold(md`Reopened`)} by ${who}: ${escapeLine(event.because)}`;
    case 'mitigated':
      return md`${bold(md`Mitigated`)}: ${escapeLine(event.because)}`;
    case 'changedOutside':
      return md`${bold(md`Changed outside`)}: ${escapeLine(tellChange(event.change), 400)} (${link(event.change.url, 'on GitHub')})`;
    case 'troubled':
      return md`${bold(md`I could not do something`)}: ${escapeLine(event.text, 600)} (${escapeLine(event.code, 40)})`;
    default:
      // The others have messages of their own: card, step, rollback, verdict, postmortem.
      return undefined;
  }
}

function mergedInto({ id, channel }: { id: string; channel: string | undefined }, who: Escaped): Escaped {
  const where = channel === undefined ? md`` : md` in ${channelLink(channel)}`;
  return md`${bold(md`Merged`)} into ${escapeLine(id, 40)} by ${who}. Go on there${where}; nothing more comes here.`;
}

/** A person who is given a role by somebody else learns it by a mention; one who took it knows. */
function roleTaken(event: Extract<TimelineEvent, { kind: 'roleTaken' }>): Escaped {
  const role = { lead: md`leads this incident`, comms: md`looks after communication`, scribe: md`writes things down` }[event.role];
  const own = event.by.kind === 'human' && event.by.slackId === event.slackId;
  return own ? md`${escapeLine(event.name, 80)} ${role}.` : md`${mention(event.slackId)} now ${role}, handed over by ${name(event.by)}.`;
}

export function name(actor: Actor): Escaped {
  switch (actor.kind) {
    case 'human':
      return escapeLine(actor.name, 80);
    case 'source':
      return escapeLine(actor.name, 60);
    case 'bot':
      return md`Tagback`;
  }
}
