/** What a terminal and the running program say to each other: one request and one answer a connection, each one line of JSON. */
import { z } from 'zod';
import type { RollbackCommand } from '../core/rollback.ts';

/** A rollback with a long reason is a few hundred bytes. */
export const REQUEST_MAX_BYTES = 64 * 1024;
/** The requests of a revert hold its whole text twice. */
export const ANSWER_MAX_BYTES = 1024 * 1024;

const text = (maxChars: number) => z.string().max(maxChars);
const incident = z.string().regex(/^INC-\d{1,9}$/, 'expected an incident, e.g. INC-42');
const rollback = z.string().regex(/^rb\d{1,4}$/, 'expected a rollback, e.g. rb1');
/** When the plan that was read expires: tells it from a plan made again since. */
const plan = z.number().optional();
const reason = text(500);

/** What may be done to a rollback that is there; all else is refused before anybody is asked who they are. */
const command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approveRollback'), rollback, plan, reason: reason.optional() }),
  z.strictObject({ kind: z.literal('breakGlass'), rollback, plan, reason }),
  z.strictObject({ kind: z.literal('declineRollback'), rollback, reason }),
  z.strictObject({ kind: z.literal('cancelRollback'), rollback }),
  z.strictObject({ kind: z.literal('undoRollback'), rollback, reason }),
  z.strictObject({ kind: z.literal('answerMigrations'), rollback, run: z.boolean() }),
  z.strictObject({ kind: z.literal('chooseStrategy'), rollback, strategy: text(60) }),
]);
/** Never one of another kind than the core's own. */
export type LocalCommand = Exclude<RollbackCommand, { kind: 'requestRollback' }>;

const ask = z.discriminatedUnion('kind', [
  /** `dry`: says what would be sent; nothing is stored, nothing is sent. */
  z.strictObject({ kind: z.literal('request'), service: text(100), tag: text(200), reason, dry: z.boolean() }),
  z.strictObject({ kind: z.literal('command'), incident, command }),
  /** Without a rollback all of them in short, and the one that counts; without an incident all that are open. */
  z.strictObject({ kind: z.literal('status'), incident: incident.optional(), rollback: rollback.optional() }),
]);
export type Ask = z.output<typeof ask>;

/** `v`: the program may be older than the checkout the command is typed in. */
export const request = z.strictObject({ v: z.literal(1), token: text(200), ask });
export type Request = z.output<typeof request>;

/** One rollback as it stands. */
const standing = z.object({
  incident: z.string(),
  rollback: z.string(),
  stage: z.string(),
  /** Nothing more will happen to it, and whether it helped is said. */
  isOver: z.boolean(),
  /** Still on its way, or done and, as far as it is proved, of help. */
  isWell: z.boolean(),
  plan,
  /** One sentence: where it stands. */
  now: z.string(),
  /** All there is to read before deciding. */
  lines: z.array(z.string()),
});
export type Standing = z.output<typeof standing>;

export const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), text: z.string(), shown: z.array(standing) }),
  z.object({ ok: z.literal(false), code: z.string(), text: z.string() }),
]);
export type Answer = z.output<typeof answer>;

export const refuse = (code: string, said: string): Answer => ({ ok: false, code, text: said });

/** One line that no terminal can be moved, coloured or deceived by. */
export function plain(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '·');
}
