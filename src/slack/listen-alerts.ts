/** What people say about alerts: which belong where, and which are silent for a time. */
import type { Incident } from '../core/model.ts';
import type { Rearrangement } from '../core/rearrange.ts';
import { redactText } from '../lib/redact.ts';
import type { AlertWish } from './grammar-alerts.ts';
import { type Desk, replyText, type Visit } from './listen-desk.ts';
import { alertList, silenceList } from './view-storm.ts';

/** About no single incident. */
export type SilenceWish = Extract<AlertWish, { kind: 'held' | 'snooze' | 'unsnooze' }>;
export const isSilenceWish = (wish: { readonly kind: string }): wish is SilenceWish => ['held', 'snooze', 'unsnooze'].includes(wish.kind);

export async function onSilence(desk: Desk, visit: Visit, wish: SilenceWish): Promise<void> {
  const { engine } = desk;
  if (wish.kind === 'held') {
    const { text, blocks } = silenceList(await engine.silence());
    return desk.answer(visit, text, blocks);
  }
  const by = await desk.person(visit, undefined, undefined);
  if (wish.kind === 'unsnooze') return desk.answer(visit, replyText(await engine.unsnooze(wish.what, by)));
  const { services, labels, forMs, reason } = wish;
  await desk.answer(visit, replyText(await engine.snooze({ services, labels, forMs, reason: redactText(reason), by })));
}

export async function onAlerts(desk: Desk, visit: Visit, { wish, incident }: { wish: Exclude<AlertWish, SilenceWish>; incident: Incident }): Promise<void> {
  if (wish.kind === 'alerts') {
    const { text, blocks } = alertList(incident);
    return desk.answer(visit, text, blocks);
  }
  await rearrange(desk, visit, { incident, ask: wish.kind === 'merge' ? { ...wish, reason: redactText(wish.reason) } : wish });
}

export async function rearrange(desk: Desk, visit: Visit, { incident, ask }: { incident: Incident; ask: Rearrangement }): Promise<void> {
  const by = await desk.person(visit, incident, undefined);
  const reply = await desk.engine.rearrange(incident.id, ask, { by, once: visit.once });
  if (!reply.ok) desk.log.info({ incident: incident.id, user: visit.user, command: ask.kind, code: reply.code }, 'command refused');
  await desk.answer(visit, replyText(reply));
}
