/** Did it help? The verdict in a word, the numbers beside it, and the next thing one can do about it. */
import type { ActionsBlock } from '@slack/types';
import { isNotLive } from '../core/course.ts';
import type { Incident, Slot } from '../core/model.ts';
import { stepOf } from '../core/playbook.ts';
import { runningNow } from '../core/running.ts';
import { percent as percentText, type Verdict } from '../core/verdict.ts';
import { bold, capital, code, type Escaped, escapeLine, escapeText, link, md, when } from './escape.ts';
import { undoable } from './undoable.ts';
import type { Block, Message } from './view.ts';
import { button, context, fields, header, section } from './view-parts.ts';

interface Words {
  readonly sign: string;
  readonly word: string;
  readonly next: string;
}

const WORDS: Readonly<Record<Verdict['kind'], Words>> = {
  recovered: { sign: '✅', word: 'Recovered', next: 'Resolve when you are sure nothing else is broken.' },
  better: { sign: '⚠️', word: 'Better, not yet good', next: 'Keep watching; the cause may not be the release alone.' },
  'no-effect': {
    sign: '⛔',
    word: 'No effect',
    next: 'The release is probably not the cause. Look for the next cause: logs, data, dependencies.',
  },
  worse: { sign: '⛔', word: 'Worse', next: 'Go to another tag, or look for what else changed.' },
  blind: { sign: '❓', word: 'Blind: no data', next: 'No data is never healthy. Check by hand, and repair the measurement.' },
};
/** GitHub is content, the service is not: the release itself is not judged by that. */
const NOT_LIVE: Words = {
  sign: '⛔',
  word: 'Not live',
  next: 'Look why the deploy does not reach every instance; the error rate says nothing about the release before it does.',
};

/** What is advised while the way back is still open. */
const UNDO: Readonly<Partial<Record<Verdict['kind'], string>>> = {
  'no-effect': 'The release is probably not the cause. Go forward again, or look for the next cause: logs, data, dependencies.',
  worse: 'It did harm. Take it back, or go to another tag.',
};

/** `slot`: of one run of the verification. What an older one said stays; what to do about it is only on the newest. */
export function verdict(incident: Incident, slot: Slot): Message | undefined {
  const reached = Object.hasOwn(incident.verdicts, slot) ? incident.verdicts[slot] : undefined;
  if (reached) return judged(incident, reached, isNewest(incident, slot));
  const { current, steps } = incident;
  const [, id = '', run = ''] = slot.split(':');
  const step = Object.hasOwn(steps, id) ? steps[id] : undefined;
  if (!step || stepOf(incident.playbook, id)?.use !== 'verify' || !(Number(run) <= step.run)) return undefined;
  return id === current && Number(run) === step.run ? inMeasure(incident) : withoutEnd(Number(run) === step.run ? step.say : undefined);
}

/** Nothing newer is known, or being looked for. */
function isNewest({ verdict: newest, verdicts, playbook, current }: Incident, slot: Slot): boolean {
  return newest !== undefined && Object.keys(verdicts).at(-1) === slot && stepOf(playbook, current)?.use !== 'verify';
}

function judged(incident: Incident, reached: Verdict, newest: boolean): Message {
  const meant = runningNow(incident, reached.at);
  const notLive = isNotLive(incident, reached);
  const { sign, word, next } = notLive ? NOT_LIVE : WORDS[reached.kind];
  const advice = (notLive || !undoable(incident) ? undefined : UNDO[reached.kind]) ?? next;
  const because = capital(escapeLine(reached.because.trim() || 'no reason was given', 600));
  const run = meant?.rollback?.run?.url;
  return {
    text: md`${escapeText(word)}: ${escapeLine(incident.service, 100)}. ${because}`,
    blocks: [
      header(`${sign} ${word}: ${incident.service}`),
      section(because),
      fields(
        [md`Errors before`, percent(reached.baseline)],
        [md`During`, percent(reached.during)],
        [md`Now`, percent(reached.after)],
        [md`What runs`, runs(reached, notLive ? meant?.tag : undefined)],
      ),
      context(
        ...(newest ? [escapeText(advice)] : []),
        md`${when(reached.at, 'clock')}${newest ? md`` : md` · an earlier verdict, see below for the newest`}${run && notLive ? md` · ${link(run, 'the run')}` : md``}`,
      ),
      ...(newest ? buttons(incident, reached, notLive) : []),
    ],
  };
}

function runs({ runs: tag, still }: Verdict, instead: string | undefined): Escaped {
  if (still && still.count < still.asked) return md`${code(still.tag, 130)} still answers on ${still.count} of ${still.asked}`;
  if (tag === undefined) return md`not proven`;
  return instead === undefined ? md`${code(tag, 130)}, by its own answer` : md`${code(tag, 130)} still answers, not ${code(instead, 130)}`;
}

function buttons(incident: Incident, { kind }: Verdict, notLive: boolean): Block[] {
  if (incident.phase === 'resolved') return [];
  const row = (elements: ActionsBlock['elements']): Block[] => [{ type: 'actions', block_id: 'verdict', elements }];
  if (kind === 'recovered') return row([button({ label: 'Resolve…', action: 'resolve', aim: { incident: incident.id }, style: 'primary' })]);
  const gone = undoable(incident);
  if (!gone) return [];
  const aim = { incident: incident.id, rollback: gone.id };
  const spoken = `Ask to take ${incident.service} forward to ${gone.plan.from.tag} again`;
  if (kind === 'worse') return row([button({ label: 'Take it back…', action: 'undoRollback', aim, style: 'danger', spoken })]);
  return kind === 'no-effect' ? row([button({ label: notLive ? 'Take it back…' : 'Go forward again…', action: 'undoRollback', aim, spoken })]) : [];
}

/** The same message says first that we look, then what we saw. */
function inMeasure(incident: Incident): Message {
  const now = runningNow(incident);
  const target = now?.by === 'before' ? undefined : now?.tag;
  const what = target === undefined ? md`the error rate` : md`that ${code(target, 130)} runs, and the error rate`;
  const text = md`Checking ${what} against the time before the release…`;
  return { text, blocks: [section(md`🔎 ${text}`), context(md`Missing data never counts as healthy. This message becomes the verdict.`)] };
}

/** Skipped, failed, or overtaken by another deploy: no judgement, and that is said. */
function withoutEnd(why: string | undefined): Message {
  const text = md`This check ended without a verdict${why === undefined ? md`; a newer one is below` : md`: ${escapeLine(why, 600)}`}`;
  return { text, blocks: [section(text)] };
}

function percent(fraction: number | undefined): Escaped {
  return fraction === undefined ? md`no data` : bold(escapeText(percentText(fraction)));
}
