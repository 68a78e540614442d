/** Incident → Slack message, pure. A slot is always rendered from the whole state, so a late edit can never bring back an old truth. */
import type { KnownBlock } from '@slack/types';
import type { Incident, Json, Slot, TimelineEvent } from '../core/model.ts';
import type { Escaped } from './escape.ts';
import { announce } from './view-announce.ts';
import { board } from './view-board.ts';
import { card } from './view-card.ts';
import { glass } from './view-glass.ts';
import { line } from './view-line.ts';
import { chart, notice, postmortem } from './view-outcome.ts';
import { rollbackCard } from './view-rollback.ts';
import { stepCard } from './view-step.ts';
import { verdict } from './view-verdict.ts';

export type Block = KnownBlock;
export interface Message {
  /** What notifications and screen readers say; never begins with an emoji, at most 3,900 characters. */
  readonly text: Escaped;
  readonly blocks: readonly Block[];
}

export interface RenderExtra {
  /** The event of a `line:<n>` slot. */
  readonly event?: TimelineEvent;
  /** What the step's last run noted while it waits; a `say` in it is shown. */
  readonly memo?: Json;
  /** An uploaded picture for the `chart` slot; without a file the slot says the alternative text alone. */
  readonly chart?: { readonly fileId: string | undefined; readonly alt: string };
  /** Users and user groups on call; the first card of an incident without a lead calls them by name, and so does a broken glass. */
  readonly call?: readonly string[];
  readonly links: { readonly timeline?: string; readonly postmortem?: string };
}

/** `undefined`: nothing to say in this slot (yet); the engine posts nothing. */
export function render(incident: Incident, slot: Slot, extra: RenderExtra): Message | undefined {
  const [kind, id = '', run = ''] = slot.split(':');
  switch (kind) {
    case 'card':
      return card(incident, extra);
    case 'chart':
      return chart(incident, extra);
    case 'board':
      return board(incident);
    case 'step':
      return stepCard(incident, { id, run: Number(run) }, extra);
    case 'rollback':
      return rollbackCard(incident, id);
    case 'glass':
      return glass(incident, id, extra);
    case 'verdict':
      return verdict(incident, slot);
    case 'line':
      return line(incident, extra);
    case 'notify':
      return notice(incident, id);
    case 'postmortem':
      return postmortem(incident);
    case 'announce':
      return announce(incident, extra);
    default:
      return undefined;
  }
}
