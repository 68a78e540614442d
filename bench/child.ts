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

export interface Child {
  readonly pid: number;
  /** Milliseconds from the start to the first output that holds `text`; rejects when the program ends before or takes longer than 20 s. */
  said(text: string): Promise<number>;
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
  let output = '';
  const hear = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return {
    pid: child.pid ?? 0,
    said: (text) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${command.join(' ')} did not say “${text}”:\n${output}`)), SAID_MAX_MS);
        const look = (): void => {
          if (!output.includes(text)) return;
          clearTimeout(timer);
          resolve(performance.now() - startedAt);
        };
        child.stdout?.on('data', look);
        child.stderr?.on('data', look);
        void gone.then(() => reject(new Error(`${command.join(' ')} ended early:\n${output}`)));
        look();
      }),
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

export const node = (file: string, ...args: readonly string[]): readonly string[] => [process.execPath, `${ROOT}${file}`, ...args];

/** The program as `npm start` runs it. */
export const PROGRAM = node('bin/tagback.cjs', 'start');

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

export const pause = (timeMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, timeMs));
