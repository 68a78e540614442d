/** What people silence for a time, and what is held back now. Nothing is lost by it: what still fires when the time is up finds its incident. */
import { type Scope, silentUntil } from '../core/correlate-rules.ts';
import { HELD_LISTED_MOST, type Silence, type SnoozeAsk } from '../core/hold.ts';
import type { Person, Reply } from '../core/model.ts';
import type { ReceiveParts } from './receive.ts';
import { DESK } from './round.ts';

export interface Silencing {
  snooze(ask: SnoozeAsk): Promise<Reply>;
  /** Ends the snoozes of this service, or the one with this number; what they held is told at once if it still fires. */
  unsnooze(what: string, by: Person): Promise<Reply>;
  silence(): Promise<Silence>;
}

export function createSilencing(parts: ReceiveParts, drain: () => Promise<number>): Silencing {
  const { store, clock, log, turn } = parts;
  return {
    snooze: ({ services, labels, forMs, reason, by }) =>
      turn(DESK, async () => {
        if (by.rank !== 'member') return notAllowed;
        const now = clock.now();
        const snooze = { services, labels, until: now + forMs, reason, by: { slackId: by.slackId, name: by.name }, at: now };
        const id = await store.addSnooze(snooze);
        log.info({ snooze: id, services, labels, until: snooze.until, by: by.slackId, reason }, 'snoozed');
        return {
          ok: true,
          text: `Snoozed (number ${id}): new alerts of ${sayScope(snooze)} open nothing until then, and are looked at again when the time is up.`,
        };
      }),
    async unsnooze(what, by) {
      if (by.rank !== 'member') return notAllowed;
      const found = (await store.snoozes(clock.now())).filter(({ id, services }) => String(id) === what || services?.includes(what));
      const gone = await Promise.all(found.map(async ({ id }) => ((await store.dropSnooze(id)) ? id : undefined)));
      if (gone.every((id) => id === undefined))
        return { ok: false, code: 'E_ARGS', text: `Nothing is snoozed under “${what.slice(0, 60)}”. /incident held lists what is.` };
      log.info({ snoozes: gone, by: by.slackId }, 'snooze ended');
      await store.hastenHeld('snooze', clock.now());
      await drain();
      return { ok: true, text: `No longer snoozed: ${found.map(sayScope).join(', ')}. What it held and still fires is told now.` };
    },
    async silence() {
      const now = clock.now();
      const [snoozes, held] = await Promise.all([store.snoozes(now), store.heldUntil(Number.MAX_SAFE_INTEGER, HELD_LISTED_MOST)]);
      const maintenance = (parts.catalog?.().noise?.maintenance ?? []).flatMap((one) => {
        const until = silentUntil(one.time, now);
        return until === undefined ? [] : [{ ...one, until }];
      });
      return { snoozes, maintenance, held };
    },
  };
}

const notAllowed: Reply = { ok: false, code: 'E_NOT_ALLOWED', text: 'Only full members of this workspace can do that.' };

export function sayScope({ services, labels }: Scope): string {
  const named = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return [...(services ?? []), ...named].join(' ') || 'nothing';
}
