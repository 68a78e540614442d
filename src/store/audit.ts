/** Proves the record: reads every row once, page by page, and says where it is broken. */
import { type AuditRow, type Broken, GENESIS, type Link, nameBreak, soundRows } from './chain.ts';
import type { AuditTotals, Store } from './store.ts';

export interface AuditProof {
  readonly head: Link;
  /** Rows that were checked: all there were when it began, or those before the break. */
  readonly rows: number;
  readonly broken: Broken | undefined;
}

const PAGE = 500;

/** Rows written while it runs are left to the next proof. */
export async function proveAudit(store: Pick<Store, 'auditPage' | 'auditTotals' | 'auditStray'>): Promise<AuditProof> {
  const totals = await store.auditTotals();
  const { head } = totals;
  let last: Link = GENESIS;
  while (last.seq < head.seq) {
    const page = await upTo(store, last, head);
    const sound = soundRows(last, page);
    last = page[sound - 1] ?? last;
    // Enough rows after the break to tell what was done to it.
    if (sound < page.length || page.length === 0) return { head, rows: last.seq, broken: nameBreak(last, await upTo(store, last, head)) };
  }
  return { head, rows: last.seq, broken: await whatTheChainCannotTell(store, totals) };
}

async function upTo(store: Pick<Store, 'auditPage'>, last: Link, head: Link): Promise<readonly AuditRow[]> {
  return (await store.auditPage(last.seq, PAGE)).filter(({ seq }) => seq <= head.seq);
}

/** A chain is still a chain when its end is cut off, or when an event stands beside it: both are counted elsewhere, too. */
async function whatTheChainCannotTell(store: Pick<Store, 'auditStray'>, { head, events, versions }: AuditTotals): Promise<Broken | undefined> {
  if (events !== head.seq) {
    const stray = await store.auditStray();
    const kind = versions === head.seq ? 'inserted' : 'removed';
    const what = stray === undefined ? 'an event' : `event ${stray.number} of ${stray.incident}`;
    const because = kind === 'inserted' ? `${what} was never written by Tagback` : `the row of ${what} is gone`;
    return { kind, seq: head.seq + 1, incident: stray?.incident, number: stray?.number, because };
  }
  if (versions === events) return undefined;
  const because = `the incidents know of ${versions} events, the record holds ${events}`;
  return { kind: versions > events ? 'removed' : 'inserted', seq: head.seq + 1, incident: undefined, number: undefined, because };
}
