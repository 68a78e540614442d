/** `npm run demo`: the real program against the sandbox, one whole incident, the results in a folder. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Clock } from '../../lib/clock.ts';
import { openStage, type Stage } from '../stage.ts';
import { openPlayground } from './playground.ts';
import type { Scene } from './scenes.ts';

/** What the demo asks of the program it is given; the sandbox knows nothing else of it. */
export interface DemoProgram {
  readonly url: string;
  idle(): Promise<void>;
  stop(): Promise<void>;
  results(incident: string): Promise<DemoResults>;
}
export interface DemoResults {
  readonly verdict: string | undefined;
  readonly phase: string;
  readonly postmortem: string;
  readonly playbookSvg: string;
  readonly timeline: unknown;
  readonly chart: Uint8Array | undefined;
}

export interface DemoParts {
  readonly clock: Clock;
  readonly outDir: string;
  /** Ends by itself instead of keeping the playground open. */
  readonly exit: boolean;
  /** Port of the playground; 0 takes a free one. */
  readonly port: number;
  readonly scene: Scene;
  /** Starts the bot with these settings; its log goes to the stream. */
  start(env: Readonly<Record<string, string>>, log: NodeJS.WritableStream): Promise<DemoProgram>;
  write(text: string): void;
}

/** The channel of the story; until it is there, the playground shows its first channel instead. */
const incidentIn = ({ url }: { url: string }): string => `${url}/channel/inc-1-checkout-api`;

/** Answers the exit code: 0 when the incident ended as its scene should. */
export async function runDemo(parts: DemoParts): Promise<number> {
  const { outDir, write } = parts;
  mkdirSync(outDir, { recursive: true });
  const log = createWriteStream(join(outDir, 'demo.log'));
  const closing: (() => unknown)[] = [() => log.end()];
  try {
    return await perform(parts, { log, closing });
  } catch (error) {
    write(
      `\n${styleText('red', `The demo did not finish: ${error instanceof Error ? error.message : String(error)}`)}\nThe program's log is in ${join(outDir, 'demo.log')}.\n`,
    );
    return 1;
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

async function perform(parts: DemoParts, room: { log: NodeJS.WritableStream; closing: (() => unknown)[] }): Promise<number> {
  const { clock, write, scene } = parts;
  const startedAt = clock.now();
  const stage = await openStage({ clock, ...scene.world });
  room.closing.push(() => stage.close());
  const program = await parts.start(stage.env, room.log);
  room.closing.push(() => program.stop());
  const alerting = stage.alerting(program.url);
  room.closing.push(() => alerting.close());
  const playground = await openPlayground({ stage, alerting: () => alerting, port: parts.port });
  room.closing.push(() => playground.close());
  write(`${bold('Tagback')}: from an error-rate alert back to a known-good release, with proof that it worked.\n`);
  write(
    `${dim(`Everything runs on this machine: Slack, GitHub and the shop are a sandbox, Tagback is the real program. Watch: ${incidentIn(playground)}`)}\n\n`,
  );
  if (scene.about !== undefined) write(`${scene.about}\n\n`);
  await scene.play({ stage, clock, tell: createTeller(parts, startedAt), patienceMs: scene.patienceMs });
  await program.idle();
  const code = await conclude(parts, { stage, program, startedAt });
  if (parts.exit) return code;
  write(
    `\nThe playground stays open: ${styleText('cyan', incidentIn(playground))}\nBe Ada, Grace or a guest, fire the alert again, roll back by hand. Ctrl-C ends it.\n`,
  );
  await new Promise<void>((resolve) => void process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()));
  return code;
}

async function conclude(parts: DemoParts, ended: { stage: Stage; program: DemoProgram; startedAt: number }): Promise<number> {
  const { write, outDir, clock } = parts;
  const { stage, program } = ended;
  const results = await program.results('INC-1');
  const channels = [...stage.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-')).length;
  const dispatches = stage.github.effects.length;
  const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(outDir, name), content);
  put('postmortem.md', results.postmortem);
  put('timeline.json', `${JSON.stringify(results.timeline, null, 2)}\n`);
  put('playbook.svg', results.playbookSvg);
  if (results.chart) put('chart.png', results.chart);
  const good =
    results.verdict === 'recovered' && results.phase === 'resolved' && channels === 1 && dispatches === parts.scene.dispatches && results.chart !== undefined;
  const sum = `verdict ${results.verdict ?? 'none'}, incident ${results.phase}, ${channels} channel, ${dispatches === 1 ? '1 dispatch' : `${dispatches} dispatches`}, ${((clock.now() - ended.startedAt) / 1000).toFixed(1)} s`;
  write(`\n${styleText(good ? 'green' : 'red', sum)}\n`);
  write(`Written to ${outDir}/: postmortem.md, chart.png, playbook.svg, timeline.json; the program's log: demo.log\n`);
  return good ? 0 : 1;
}

/** One line per step: since the start, and how long this step took. */
function createTeller({ write, clock }: DemoParts, startedAt: number): (line: string, detail?: string) => void {
  let last = startedAt;
  return (line, detail) => {
    const now = clock.now();
    write(`${dim(`${((now - startedAt) / 1000).toFixed(1).padStart(5)} s`)} ${dim(`+${((now - last) / 1000).toFixed(1).padStart(4)}`)}  ${line}\n`);
    if (detail !== undefined) write(`${' '.repeat(15)}${dim(detail)}\n`);
    last = now;
  };
}

const bold = (text: string): string => styleText('bold', text);
const dim = (text: string): string => styleText('dim', text);
