/** What others change while an incident is open: it belongs to the story, and what runs now is not what was judged before. */
import { BOT, type Context, type Draft } from './draft.ts';
import type { OutsideChange } from './model.ts';

export function onChangedOutside(d: Draft, change: OutsideChange, _context: Context): void {
  const { phase, outside } = d.incident();
  if (phase === 'resolved' || outside.some((known) => same(known, change))) return;
  d.happen({ kind: 'changedOutside', change }, BOT, 'GitHub says so');
}

/** A webhook and the poll that stands in for it tell the same thing twice. */
const same = (a: OutsideChange, b: OutsideChange): boolean => a.what === b.what && a.tag === b.tag && a.state === b.state && a.url === b.url;
