/** A bot in a process of its own, and a supervisor that starts it again after each kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Names the folder in which test/bundled-bots.ts has put them; without it they start from the sources. */
export const BUNDLED_BOTS = 'TAGBACK_BUNDLED_BOTS';
/** With the waits of tests. */
export const shortBot = (): string => placeOf('bot', './bot.ts');
/** The program of these sources. */
export const realBot = (): string => placeOf('main', '../../src/main.ts');
/** What `npm start` runs, bundled when dist/ is newer than the sources. */
export const SHIPPED_BOT = [fileURLToPath(new URL('../../bin/tagback.cjs', import.meta.url)), 'start'] as const;

function placeOf(name: string, source: string): string {
  const bundled = process.env[BUNDLED_BOTS];
  return bundled === undefined ? fileURLToPath(new URL(source, import.meta.url)) : join(bundled, `${name}.js`);
}

/** Node keeps compiled modules here: a start costs half as much, and these tests start hundreds of times. */
const COMPILED = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'tagback-compile-cache');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}
export interface Bot {
  readonly url: string;
  /** undefined: it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it listens; rejects when it ends before. */
  readonly up: Promise<void>;
  readonly exited: Promise<Exit>;
  /** Parsed lines of its log, as far as they have come. */
  readonly log: readonly LogLine[];
  /** What it wrote past its log. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}
export interface BotOptions {
  /** A file, or a file and its words. */
  readonly entry: string | readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Working folder: one without a `.env`. */
  readonly dir: string;
}

export function startBot({ entry, env, port, dir }: BotOptions): Bot {
  const child = spawn(process.execPath, [entry].flat(), {
    cwd: dir,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that ends early takes its bot along.
  const takeAlong = (): void => void child.kill('SIGKILL');
  process.once('exit', takeAlong);
  child.once('close', () => process.off('exit', takeAlong));
  const log: LogLine[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const up = new Promise<void>((resolve, reject) => {
    readLines(child, (line) => {
      log.push(line);
      if (line.msg === 'tagback is up') resolve();
    });
    child.once('close', (code, signal) => reject(new Error(`the bot ended (${code ?? signal}) before it was up: ${stderr.slice(-2_000)}`)));
  });
  up.catch(() => undefined); // a kill during the start is part of the test; whoever waits for `up` hears of it
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }));
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, up, exited, log, stderr: () => stderr, signal: (name) => void child.kill(name) };
}

function readLines(child: ChildProcess, take: (line: LogLine) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) take(JSON.parse(line) as LogLine); // pino writes one object a line
  });
}

export interface Supervisor {
  readonly url: string;
  /** The life that runs now. */
  bot(): Bot;
  readonly kills: number;
  /** SIGKILL; resolves when the process is gone. The next life starts at once. */
  kill(): Promise<void>;
  /** SIGTERM, and no next life. */
  stop(): Promise<Exit & { readonly tookMs: number }>;
  /** Ends of the process that nobody asked for. Empty is good. */
  readonly strayExits: readonly Exit[];
  /** Log lines of all lives at ERROR and above. */
  alarms(): readonly LogLine[];
}

export function supervise(options: BotOptions): Supervisor {
  const lives: Bot[] = [];
  const strayExits: Exit[] = [];
  let kills = 0;
  let wanted: 'up' | 'killed' | 'stopped' = 'up';
  const start = (): Bot => {
    const bot = startBot(options);
    lives.push(bot);
    wanted = 'up';
    void bot.exited.then((exit) => {
      if (wanted === 'up') strayExits.push(exit);
    });
    return bot;
  };
  let current = start();
  return {
    url: current.url,
    bot: () => current,
    get kills() {
      return kills;
    },
    strayExits,
    async kill() {
      if (wanted !== 'up') return;
      wanted = 'killed';
      kills += 1;
      current.signal('SIGKILL');
      await current.exited;
      current = start();
    },
    async stop() {
      const begin = performance.now();
      wanted = 'stopped';
      current.signal('SIGTERM');
      const exit = await current.exited;
      return { ...exit, tookMs: performance.now() - begin };
    },
    alarms: () => lives.flatMap(({ log }) => log.filter(({ level }) => level === 'error' || level === 'fatal')),
  };
}
