/** Who reported it, and whether it is fixed for them. */
import type { ActionsBlock } from '@slack/types';
import { notFixedFor } from '../core/evidence.ts';
import type { Incident } from '../core/model.ts';
import { bold, type Escaped, escapeLine, escapeText, joined, md } from './escape.ts';
import type { Block, Message } from './view.ts';
import { button, section } from './view-parts.ts';

const NAMED_MAX = 10;

/** For one reporter alone. */
export function question(incident: Incident, { from }: Pick<Incident['reporters'][number], 'from'> = {}): Message {
  const { id, title } = incident;
  const what = md`“${escapeLine(title, 200)}” (${escapeLine(id, 40)})`;
  const text =
    from === undefined
      ? md`You reported ${what}. Is it fixed for you?`
      : md`You reported ${escapeLine(from, 40)}, which is part of ${what} now. Is it fixed for you?`;
  const look = (choice: 'yes' | 'no') => ({ action: `sayFixed:${choice}`, aim: { incident: id, choice } });
  const buttons: ActionsBlock = {
    type: 'actions',
    block_id: 'fixed',
    elements: [
      button({ label: 'Yes, fixed', ...look('yes'), style: 'primary', spoken: `${id} is fixed for me` }),
      button({ label: 'No, still broken', ...look('no'), style: 'danger', spoken: `${id} is not fixed for me` }),
    ],
  };
  return { text, blocks: [section(text), buttons] };
}

/** On the card, once somebody can know; a “no” stands first. */
export function reporters(incident: Incident): readonly Block[] {
  const all = incident.reporters;
  if (all.length === 0 || (!incident.verdict && all.every(({ said }) => !said))) return [];
  const order = ({ said }: Incident['reporters'][number]): number => (said?.fixed === false ? 0 : said ? 1 : 2);
  const shown = all.toSorted((a, b) => order(a) - order(b)).slice(0, NAMED_MAX);
  const names = shown.map(({ name, said }) => md`${escapeLine(name, 60)} ${said ? (said.fixed ? md`✅ yes` : md`⛔ no`) : md`has not answered yet`}`);
  const rest = all.length - shown.length;
  return [section(md`${bold(md`Fixed for who reported it?`)} ${joined([...names, ...(rest > 0 ? [md`and ${rest} more`] : [])], ' · ')}`)];
}

/** For whoever is about to say that it is over; undefined: nothing speaks against it. */
export function stillBroken(incident: Incident): Escaped | undefined {
  const names = notFixedFor(incident);
  if (names.length === 0) return undefined;
  return md`Look: it is not fixed for ${escapeText(names.slice(0, NAMED_MAX).join(', '), 300)}.`;
}
