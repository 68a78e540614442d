/**
 * Seams: the places between the bot and a vendor where it can die. A seam is a call and which time it came (`chat.postMessage card #1`);
 * the bot can die on three sides of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Crossing, Gate } from '../../src/sandbox/gate.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';

/** `before`: the effect never happens. `after`: it happens and the answer is lost. `answered`: the answer leaves, and perhaps is written down. */
export const SIDES = ['before', 'after', 'answered'] as const;
export type Side = (typeof SIDES)[number];
export interface Blow {
  readonly seam: string;
  readonly side: Side;
}
export interface Seams {
  readonly gate: Gate;
  /** Seams in the order in which they were met; a call that changes something is marked. */
  readonly met: readonly { readonly seam: string; readonly writes: boolean }[];
  /** Blows that fell. */
  readonly struck: readonly Blow[];
  /** Names of messages are known once Slack runs. */
  watch(slack: MiniSlack): void;
  /** Resolves when no kill is under way. */
  settled(): Promise<void>;
}

/** Milliseconds between an answer and the kill: before it is read, while it is written down, after. Chosen by the seam's name, so that a run can be repeated. */
const DELAYS_MS = [0, 2, 5, 12] as const;

export function createSeams(blows: readonly Blow[], kill: () => Promise<void>): Seams {
  const counts = new Map<string, number>();
  const met: { seam: string; writes: boolean }[] = [];
  const struck: Blow[] = [];
  const waiting = new Set(blows);
  const underWay = new Map<Crossing['args'], string>();
  let slack: MiniSlack | undefined;
  let killing: Promise<void> = Promise.resolve();

  const strike = (blow: Blow): Promise<void> => {
    waiting.delete(blow);
    struck.push(blow);
    killing = kill();
    return killing;
  };
  const find = (seam: string, side: Side): Blow | undefined => [...waiting].find((blow) => blow.seam === seam && blow.side === side);

  const gate: Gate = async (crossing) => {
    if (crossing.moment === 'before') {
      const name = nameOf(crossing, slack);
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const seam = `${name} #${count}`;
      met.push({ seam, writes: isWrite(crossing) });
      underWay.set(crossing.args, seam);
      const blow = find(seam, 'before');
      if (!blow) return 'go';
      await strike(blow);
      return 'cut';
    }
    const seam = underWay.get(crossing.args) ?? '';
    underWay.delete(crossing.args);
    const after = find(seam, 'after');
    if (after) {
      await strike(after);
      return 'cut';
    }
    const answered = find(seam, 'answered');
    if (answered) killing = sleep(delayOf(seam)).then(() => strike(answered));
    return 'go';
  };
  return {
    gate,
    met,
    struck,
    watch: (running) => {
      slack = running;
    },
    settled: () => killing,
  };
}

function delayOf(seam: string): number {
  const sum = [...seam].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return DELAYS_MS[sum % DELAYS_MS.length] ?? 0;
}

/** Messages go by their slot, clicks by what was pressed; numbers of GitHub and names of its repository are left out. */
function nameOf({ vendor, call, args }: Crossing, slack: MiniSlack | undefined): string {
  if (vendor === 'github') return call.replace('/repos/acme/shop', '').replace(/\d{6,}/g, 'N');
  if (call === 'chat.postMessage') return `${call} ${slotOf(args.metadata)}`;
  if (call === 'chat.update') return `${call} ${slotOf(slack && messageAt(slack, args)?.metadata)}`;
  if (call.startsWith('files.')) return `${call} ${fileType(args)}`;
  if (call.startsWith('deliver')) return `${call} ${pressedIn(args)}`;
  return call;
}

/** `png` of a chart, `md` of a postmortem. */
function fileType({ filename, files }: Crossing['args']): string {
  const [file] = Array.isArray(files) ? files : [];
  return (
    String(filename ?? record(file).title ?? '')
      .split('.')
      .at(-1) ?? ''
  );
}

/** `line:7` counts events, and their number may differ from run to run. */
function slotOf(metadata: unknown): string {
  const payload = record(record(metadata).event_payload);
  return typeof payload.slot === 'string' ? payload.slot.replace(/^line:\d+$/, 'line') : '?';
}

const messageAt = (slack: MiniSlack, { channel, ts }: Crossing['args']) =>
  slack.world.channels.get(String(channel))?.messages.find((message) => message.ts === ts);

function pressedIn(payload: Crossing['args']): string {
  const [action] = Array.isArray(payload.actions) ? payload.actions : [];
  const pressed = record(action).action_id ?? record(payload.view).callback_id ?? record(payload.event).type;
  return `${String(payload.type)} ${String(pressed ?? '')}`;
}

const READS = /^(auth\.test|api\.test|.*\.(list|info|history|replies|members)|usergroups\.users\.list|chat\.getPermalink|GET .*)$/;
const isWrite = ({ call }: Crossing): boolean => !READS.test(call) && !call.startsWith('deliver events_api');

const record = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {});
