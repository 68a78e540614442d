/** `tagback rollback …`: asks the running program, prints what it says, and follows it until the end. */
import { closest } from '../lib/closest.ts';
import type { Place } from './place.ts';
import { type Answer, type Ask, type LocalCommand, plain, type Standing } from './protocol.ts';
import { type Heard, knock, tell } from './talk.ts';

/** sysexits.h: EX_UNAVAILABLE, EX_NOPERM. */
const EXITS = { done: 0, refused: 1, usage: 2, unavailable: 69, forbidden: 77 } as const;
type Exit = (typeof EXITS)[keyof typeof EXITS];

const LOOK_EVERY_MS = 1_000;
/** Whether it helped is measured every quarter of a minute at most. */
const PROOF_EVERY_MS = 5_000;
/** A plan is tried for a minute and then refused. */
const PLAN_MAX_MS = 90_000;
/** A program that is started again is back within this. */
const AWAY_MAX_MS = 60_000;

/** True of this very program: it starts with nothing reachable but its database, and asks Slack only for the form of its tokens. */
export const START_WITHOUT_SLACK =
  'Start it on this machine with: npm start. It starts while Slack cannot be reached, and what it owes Slack follows when Slack is back. ' +
  'Its Slack settings must be there and need not work: without them, SLACK_BOT_TOKEN=xoxb-none SLACK_SIGNING_SECRET=none npm start is enough.';

export interface Terminal {
  /** Undefined: a database in memory, which no other process can reach. */
  readonly place: Place | undefined;
  /** The personal token; undefined: there is none, and nobody who could be asked for it. */
  token(): Promise<string | undefined>;
  /** What was asked for. */
  out(line: string): void;
  /** What goes wrong, and what is just going on. */
  err(line: string): void;
  /** Undefined: nobody sits there who could be asked. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  wait(ms: number): Promise<void>;
  now(): number;
}
export interface Wanted {
  readonly service: string;
  readonly tag: string;
  readonly reason: string;
  readonly dryRun: boolean;
  readonly watch: boolean;
}
/** `INC-42 rb1`, as it was typed. */
export interface Named {
  readonly incident: string;
  readonly rollback: string;
}

/** What follows `tagback rollback`; each is more likely a command in the wrong place than a release. */
export const COMMANDS = ['request', 'approve', 'glass', 'decline', 'cancel', 'undo', 'migrations', 'choose', 'status'] as const;

/** What was typed where a service and a tag should stand, and is surely something else; undefined: nothing speaks against it. */
export function mistyped(service: string, tag: string, rest: readonly string[]): string | undefined {
  const isCommand = COMMANDS.some((name) => name === tag);
  if (isCommand && rest.length === 0)
    return `'${tag}' is a command, not a release of ${service}: tagback rollback ${tag} ${AIMED.includes(tag) ? 'INC-… rb…' : '…'}`;
  if (rest.length === 0 && !/^INC-\d+$/i.test(tag)) return undefined;
  const near = closest(service, COMMANDS);
  const guess = near === undefined ? `Expected a service and a release, or one of: ${COMMANDS.join(', ')}.` : `Did you mean '${near}'?`;
  return `'${service}' is no command of tagback rollback. ${guess}`;
}
const AIMED: readonly string[] = ['approve', 'glass', 'decline', 'cancel', 'undo', 'migrations', 'choose'];

/** Asks for a rollback, waits for its plan, prints it; with `watch` until it is over. */
export async function requestRollback(terminal: Terminal, { dryRun, watch, ...wish }: Wanted): Promise<Exit> {
  return session(terminal, async (ask) => {
    const said = await ask({ kind: 'request', ...wish, dry: dryRun });
    if (typeof said === 'number') return said;
    terminal.err(said.text);
    const [planned] = said.shown;
    return planned ? showPlan(terminal, ask, { planned, isFinal: dryRun, watch }) : EXITS.done;
  });
}

/** What is approved is what was printed just before: a plan made again meanwhile is not agreed to. */
export async function agree(
  terminal: Terminal,
  { incident, rollback }: Named,
  how: { glass: boolean; reason: string | undefined; watch: boolean },
): Promise<Exit> {
  const { glass, reason, watch } = how;
  return session(terminal, async (ask) => {
    const before = await ask({ kind: 'status', incident, rollback });
    if (typeof before === 'number') return before;
    const [seen] = before.shown;
    print(terminal, seen);
    if (seen?.stage !== 'asking') {
      terminal.err(`${rollback} is ${seen?.stage ?? 'unknown'}; there is no plan to agree to now.`);
      return EXITS.refused;
    }
    if (terminal.confirm && !(await terminal.confirm(glass ? 'Break the glass and go alone?' : 'Approve exactly this?'))) {
      terminal.err('Nothing was done.');
      return EXITS.refused;
    }
    const given = { rollback, plan: seen.plan, ...(reason !== undefined && { reason }) };
    const said = await ask({
      kind: 'command',
      incident,
      command: glass ? { ...given, kind: 'breakGlass', reason: reason ?? '' } : { ...given, kind: 'approveRollback' },
    });
    return typeof said === 'number' ? said : goOn(terminal, ask, { said, watch });
  });
}

/** Declining, cancelling, going forward again, answering the question of a check, choosing another way. */
export async function command(terminal: Terminal, incident: string, { wanted, watch }: { wanted: LocalCommand; watch: boolean }): Promise<Exit> {
  return session(terminal, async (ask) => {
    const said = await ask({ kind: 'command', incident, command: wanted });
    if (typeof said === 'number') return said;
    const [planned] = said.shown;
    if (wanted.kind === 'declineRollback' || wanted.kind === 'cancelRollback' || !planned) {
      terminal.out(said.text);
      return EXITS.done;
    }
    terminal.err(said.text);
    return showPlan(terminal, ask, { planned, isFinal: false, watch });
  });
}

export async function status(terminal: Terminal, { incident, rollback, watch }: Partial<Named> & { watch: boolean }): Promise<Exit> {
  return session(terminal, async (ask) => {
    const said = await ask({ kind: 'status', ...(incident !== undefined && { incident }), ...(rollback !== undefined && { rollback }) });
    if (typeof said === 'number') return said;
    if (said.text) for (const line of said.text.split('\n')) terminal.out(plain(line));
    for (const standing of said.shown) print(terminal, standing);
    const [only, ...others] = said.shown;
    if (!only || others.length > 0 || incident === undefined) return EXITS.done;
    return watch ? follow(terminal, ask, only) : exitOf(only);
  });
}

type Said = Extract<Answer, { ok: true }>;
/** An answer, or the exit code after it was said why there is none. */
type AskFor = (ask: Ask, quietly?: 'quietly') => Promise<Said | Exit>;

async function session(terminal: Terminal, act: (ask: AskFor) => Promise<Exit>): Promise<Exit> {
  const { place } = terminal;
  if (!place) {
    terminal.err('DATABASE_URL names a database in memory, which no other process can reach; use the one of the running program.');
    return EXITS.unavailable;
  }
  // Nobody has to look for a token to learn that there is nobody to show it to.
  const nobody = await knock(place);
  if (nobody) {
    terminal.err(plain(whyNot(nobody)));
    return exitWithout(nobody);
  }
  const token = await terminal.token();
  if (!token) {
    terminal.err('Nobody knows who you are: set TAGBACK_OPERATOR_TOKEN to your personal token. Nothing was done.');
    return EXITS.forbidden;
  }
  return act(async (ask, quietly) => {
    const heard = await tell(place, token, ask);
    if (heard.kind === 'answer' && heard.answer.ok) return heard.answer;
    if (!quietly || heard.kind === 'answer' || heard.kind === 'barred') terminal.err(plain(whyNot(heard)));
    return exitWithout(heard);
  });
}

function whyNot(heard: Heard): string {
  switch (heard.kind) {
    case 'answer':
      return heard.answer.ok ? '' : `${heard.answer.text} (${heard.answer.code})`;
    case 'down':
      return `The bot is not running: ${heard.because}. Nothing was done. ${START_WITHOUT_SLACK}`;
    case 'barred':
      return `${heard.because}. Nothing was done. Type the command as the user the bot runs as, e.g. sudo -u tagback …`;
    case 'lost':
      return `The bot gave no answer: ${heard.because}. It may have been done: look at tagback rollback status before you try again.`;
  }
}

function exitWithout(heard: Heard): Exit {
  if (heard.kind === 'down') return EXITS.unavailable;
  if (heard.kind === 'barred') return EXITS.forbidden;
  const code = heard.kind === 'answer' && !heard.answer.ok ? heard.answer.code : '';
  if (code === 'E_AUTH' || code === 'E_NOT_ALLOWED') return EXITS.forbidden;
  return code === 'E_ARGS' || code === 'E_TAG_SYNTAX' ? EXITS.usage : EXITS.refused;
}

const exitOf = ({ isWell }: Standing): Exit => (isWell ? EXITS.done : EXITS.refused);

async function showPlan(terminal: Terminal, ask: AskFor, { planned, isFinal, watch }: { planned: Standing; isFinal: boolean; watch: boolean }): Promise<Exit> {
  const made = isFinal ? planned : await until(terminal, ask, { from: planned, over: ({ stage }) => stage !== 'planning', mostMs: PLAN_MAX_MS });
  if (typeof made === 'number') return made;
  print(terminal, made);
  return watch && !isFinal ? follow(terminal, ask, made) : exitOf(made);
}

async function goOn(terminal: Terminal, ask: AskFor, { said, watch }: { said: Said; watch: boolean }): Promise<Exit> {
  terminal.out(plain(said.text));
  const [now] = said.shown;
  return watch && now ? follow(terminal, ask, now) : EXITS.done;
}

/** One line per change, and all of it at the end: done is not the end while it is being proved that it helped. */
async function follow(terminal: Terminal, ask: AskFor, from: Standing): Promise<Exit> {
  const news = (now: Standing): void => terminal.out(`${now.incident} ${now.rollback}: ${plain(now.now)}`);
  if (from.stage === 'done' && !from.isOver) news(from);
  const end = await until(terminal, ask, { from, over: ({ isOver }) => isOver, news });
  if (typeof end === 'number') return end;
  print(terminal, end);
  return exitOf(end);
}

interface Waiting {
  readonly from: Standing;
  over(now: Standing): boolean;
  news?(now: Standing): void;
  readonly mostMs?: number;
}

/** Looks again and again; a program that is away for a moment is waited for. */
async function until(terminal: Terminal, ask: AskFor, { from, over, news, mostMs = Number.POSITIVE_INFINITY }: Waiting): Promise<Standing | Exit> {
  const { incident, rollback } = from;
  let [now, heardAt] = [from, terminal.now()];
  const deadline = heardAt + mostMs;
  while (!over(now)) {
    if (terminal.now() > deadline) {
      terminal.err(`It is still ${now.stage}. Go on with: tagback rollback status ${incident} ${rollback} --watch`);
      return EXITS.refused;
    }
    await terminal.wait(now.stage === 'done' ? PROOF_EVERY_MS : LOOK_EVERY_MS);
    const isLate = terminal.now() - heardAt > AWAY_MAX_MS;
    const said = await ask({ kind: 'status', incident, rollback }, isLate ? undefined : 'quietly');
    if (typeof said === 'number' && (isLate || said === EXITS.forbidden)) return said;
    const [seen] = typeof said === 'number' ? [] : said.shown;
    if (!seen) continue;
    heardAt = terminal.now();
    if (seen.now !== now.now) news?.(seen);
    now = seen;
  }
  return now;
}

function print({ out }: Terminal, standing: Standing | undefined): void {
  for (const line of standing?.lines ?? []) out(plain(line));
}
