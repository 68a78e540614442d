/** App Home: what is open now, and the two ways to start something. */
import type { HomeView } from '@slack/types';
import type { Incident } from '../core/model.ts';
import { bold, channelLink, escapeLine, joined, md, when } from './escape.ts';
import type { Block } from './view.ts';
import { mark, severityWord, statusWord } from './view-card.ts';
import { button, context, header, section, serviceName } from './view-parts.ts';

const SHOWN_MAX = 20;

export function home(open: readonly Incident[]): HomeView {
  const start: Block = {
    type: 'actions',
    block_id: 'start',
    elements: [
      button({ label: 'Report a problem…', action: 'report', aim: {}, style: 'primary' }),
      button({ label: 'Declare an incident…', action: 'declare', aim: {} }),
    ],
  };
  const entries = open.slice(0, SHOWN_MAX).map(entry);
  const rest = open.length - entries.length;
  return {
    type: 'home',
    blocks: [
      header('Tagback'),
      section(md`From an error-rate alert back to a known-good release tag, with proof that it worked.`),
      start,
      { type: 'divider' },
      section(bold(open.length === 0 ? md`Nothing is open.` : open.length === 1 ? md`1 open incident` : md`${open.length} open incidents`)),
      ...entries,
      ...(rest > 0 ? [context(md`and ${rest} more`)] : []),
      context(md`${bold(md`/incident help`)} lists the commands · ${bold(md`/rollback`)} goes back to a release`),
    ],
  };
}

/** One open incident in a list. */
export function entry(incident: Incident): Block {
  const place = incident.channel ? channelLink(incident.channel.id) : md`channel is being opened`;
  const lead = incident.roles.lead ? md`lead ${escapeLine(incident.roles.lead.name, 80)}` : md`no lead yet`;
  const facts = joined([severityWord(incident.severity), statusWord(incident), lead, md`since ${when(incident.openedAt, 'ago')}`, place], ' · ');
  return section(
    md`${escapeLine(mark(incident), 4)} ${bold(escapeLine(incident.id, 40))} ${escapeLine(incident.title)} (${escapeLine(serviceName(incident), 100)})\n${facts}`,
  );
}
