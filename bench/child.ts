/** Programs started beside us: each is ended by its process id, at the latest when we end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

export interface Child {
  readonly pid: number;
  /** Milliseconds from the start to the first output that holds `text`; rejects when the program ends before or takes longer than 20 s. */
  said(text: string): Promise<number>;
  /** The first match in its output, with the same limits. */
  found(pattern: RegExp): Promise<RegExpMatchArray>;
  send(message: object): void;
  /** The next message of a program that was started with `talks`. */
  heard(): Promise<unknown>;
  /** Asks it to stop, then insists. */
  end(): Promise<void>;
  /** kill -9, now. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps it on one core, where the machine lets us. */
  readonly core?: number;
  /** Opens a line for messages. */
  readonly talks?: boolean;
}

const SAID_MAX_MS = 20_000;
const END_MAX_MS = 3_000;
/** Characters; enough for an error and its stack. */
const OUTPUT_KEPT = 20_000;

/** Only `env` and PATH reach the program, so that the measurement does not depend on who runs it. */
export function start(command: readonly string[], { env = {}, core, talks = false }: ChildOptions = {}): Child {
  const [file = '', ...args] = [...(core !== undefined && canPin() ? ['taskset', '-c', String(core)] : []), ...command];
  const startedAt = performance.now();
  const child = spawn(file, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(talks ? (['ipc'] as const) : [])],
  });
  alive.add(child);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void gone.then(() => alive.delete(child));
  const heard = listen(child, gone, command.join(' '));
  return {
    pid: child.pid ?? 0,
    async said(text) {
      await heard((output) => (output.includes(text) ? text : undefined));
      return performance.now() - startedAt;
    },
    found: (pattern) => heard((output) => output.match(pattern) ?? undefined),
    send: (message) => void child.send(message),
    heard: () => new Promise((resolve) => child.once('message', resolve)),
    async end() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MAX_MS);
      await gone;
      clearTimeout(timer);
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

type Heard = <T>(look: (output: string) => T | undefined) => Promise<T>;

/** Resolves with what `look` finds in the output, as soon as it is there. */
function listen(child: ChildProcess, gone: Promise<void>, name: string): Heard {
  let output = '';
  const lookers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
      for (const look of lookers) look();
    });
  }
  return (find) =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${name} ${why}:\n${output}`));
      const timer = setTimeout(() => fail('did not say what was waited for'), SAID_MAX_MS);
      const look = (): void => {
        const found = find(output);
        if (found === undefined) return;
        clearTimeout(timer);
        lookers.delete(look);
        resolve(found);
      };
      lookers.add(look);
      void gone.then(() => fail('ended early'));
      look();
    });
}

export const node = (file: string, ...args: readonly string[]): readonly string[] => [process.execPath, `${ROOT}${file}`, ...args];

/** The program as `npm start` runs it, settings for its memory included; the shell gives its place to node. */
export const PROGRAM: readonly string[] = ['/bin/sh', '-c', startCommand()];

function startCommand(): string {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: { start: string } }; // our own file
  return scripts.start.replace(/\bnode\b/, `"${process.execPath}"`);
}

export const canPin = (): boolean => existsSync('/usr/bin/taskset');

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Memory the process really holds, in MB; undefined where there is no /proc. */
export function residentMb(pid: number): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined;
  }
}

/** A tick of the processor's time in /proc, in ms (proc(5): USER_HZ). */
const TICK_MS = 10;

/** Processor time of the process and all its threads so far, in ms; undefined where there is no /proc. What others do on this machine hardly changes it. */
export function processorMs(pid: number): number | undefined {
  try {
    // Behind the name in brackets, which may hold anything; utime and stime are fields 14 and 15 (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}

export const pause = (timeMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, timeMs));
