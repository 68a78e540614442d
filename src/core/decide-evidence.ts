/** What follows from evidence: addresses are opened, before and after; the service is looked at once; reporters are asked. */
import { BOT, type Context, type Draft } from './draft.ts';
import { type EvidenceInput, notFixedFor, openedBefore, type Reporter } from './evidence.ts';
import type { Actor, IncidentId, Reply } from './model.ts';
import type { Verdict } from './verdict.ts';

export function onEvidenceInput(d: Draft, input: EvidenceInput): void {
  if (input.kind === 'snapshotTaken') {
    const { evidence, openedAt } = d.incident();
    if (input.facts.length === 0 || evidence.some(({ kind }) => kind === 'snapshot')) return;
    d.happen({ kind: 'evidenceAdded', items: [{ kind: 'snapshot', facts: input.facts, by: 'Tagback', at: openedAt }] }, BOT, 'how it was at the beginning');
    return;
  }
  const { round, looks } = input;
  if (looks.length === 0) return;
  d.happen({ kind: 'urlsProbed', round, looks }, BOT, round === 'before' ? 'to compare with after the fix' : 'to compare with before the fix');
  d.want({ kind: 'show', slot: 'board' });
}

/** When the channel is there. */
export function startEvidence(d: Draft, { service }: Context): void {
  if (service?.evidence) d.want({ kind: 'inspect', what: 'surroundings' });
  if (d.incident().board.length > 0) d.want({ kind: 'show', slot: 'board' });
}

/** After these, users may be well again, and they know it before we do. */
const WORTH_ASKING: readonly Verdict['kind'][] = ['recovered', 'better', 'blind'];

export function afterVerdict(d: Draft, { kind }: Verdict): void {
  const { board, reporters } = d.incident();
  if (openedBefore(board).length > 0) d.want({ kind: 'inspect', what: 'after' });
  if (!WORTH_ASKING.includes(kind)) return;
  for (const { slackId, said } of reporters) if (said?.fixed !== true) d.want({ kind: 'ask', who: slackId });
}

/** Those of an incident that is part of this one now. Where a verdict stands, who has not answered is asked at once. */
export function takeReporters(d: Draft, came: { from: IncidentId; reporters: readonly Reporter[] }, by: Actor): void {
  if (came.reporters.length === 0) return;
  d.happen({ kind: 'reportersCame', ...came }, by, `brought along from ${came.from}`);
  const { verdict, reporters } = d.incident();
  if (!verdict || !WORTH_ASKING.includes(verdict.kind)) return;
  const unheard = reporters.filter(({ slackId, said }) => said === undefined && came.reporters.some((one) => one.slackId === slackId));
  for (const { slackId } of unheard) d.want({ kind: 'ask', who: slackId });
}

/** They are asked elsewhere from now on. */
export function releaseReporters(d: Draft): void {
  for (const { slackId } of d.incident().reporters) d.drop({ kind: 'ask', who: slackId });
}

export function report(d: Draft, text: string, by: Actor): Reply {
  d.happen({ kind: 'reported', text }, by, 'the same problem');
  return { ok: true, text: 'It is in the timeline.' };
}

export function sayFixed(d: Draft, fixed: boolean, by: Actor): Reply {
  const thanks = fixed ? 'Thank you: fixed for you.' : 'Thank you: not fixed for you. Everybody who works on it can see that.';
  const known = by.kind === 'human' ? d.incident().reporters.find(({ slackId }) => slackId === by.slackId) : undefined;
  if (known?.said?.fixed === fixed) return { ok: true, text: thanks };
  d.happen({ kind: 'fixAnswered', fixed }, by, 'asked after the verdict');
  return { ok: true, text: thanks };
}

/** True: somebody says that it is not fixed, so it does not close by itself, and that is said. */
export function staysOpen(d: Draft): boolean {
  const names = notFixedFor(d.incident());
  if (names.length === 0) return false;
  const text = `The alerts are quiet, but it is not fixed for ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' and others' : ''}: the incident stays open.`;
  d.happen({ kind: 'noted', text, permalink: undefined }, BOT, 'who reported it says so');
  return true;
}
