/**
 * What a command prints: journalctl, a vendor's tool. The command stands in services.yml word by word and runs without a shell; nothing of an
 * incident becomes part of it. It and everything it started is killed at the deadline.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { envName } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { defineLogBackend, type LogAsk, type LogLine, type LogResult, SEARCH_MS } from './backend.ts';
import { secretOf } from './call.ts';
import { keepNewest } from './newest.ts';
import { readLine } from './read-line.ts';
import { createJoiner, type LogRecord } from './records.ts';
import { matching } from './thin.ts';

/** What is read at most; whoever prints more is ended. */
const MOST_BYTES = 64 * 1024 * 1024;
const COMPLAINT_BYTES = 2_000;
const COMPLAINT_CHARS = 200;

const options = z.strictObject({
  argv: z
    .tuple([z.string().regex(/^\/[^\0]{1,400}$/, 'expected the absolute path of a program')], z.string().max(1_000))
    .refine((argv) => argv.length <= 40 && argv.every((word) => !word.includes('\0')), 'at most 40 words, none with a NUL')
    .describe('Program and arguments, word by word; no shell reads them'),
  env: z
    .array(envName)
    .max(20)
    .default([])
    .describe('Environment variables of the bot that the command gets; it has none else but PATH, LANG, LOG_FROM and LOG_TO (seconds since 1970)'),
});
type Options = z.output<typeof options>;

export const command = defineLogBackend({ use: 'command', about: 'What a command of this machine prints', options, search });

async function search(where: Options, query: LogAsk, signal: AbortSignal): Promise<LogResult> {
  const { text, isCut } = await output(where, query, signal);
  const joiner = createJoiner();
  for (const line of text.split('\n')) {
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (bare !== '') joiner.add({ at: readLine(bare).at, text: bare });
  }
  // A line without a time happened when the one above it did.
  let last: number | undefined;
  const inTime = joiner.records().flatMap(({ at, lines }: LogRecord): readonly LogLine[] => {
    last = at ?? last;
    const when = last;
    return when !== undefined && (when < query.from || when > query.to) ? [] : lines.map((line) => ({ at: when, text: line.text }));
  });
  const kept = keepNewest(await matching(inTime, query, signal), query);
  return { lines: kept.lines, truncated: kept.truncated || isCut };
}

/** The newest of what it printed, twice as much as is asked for: a pattern thins it out. */
async function output(where: Options, query: LogAsk, signal: AbortSignal): Promise<{ text: string; isCut: boolean }> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(query.timeoutMs ?? SEARCH_MS)]);
  const child = start(where, query);
  const stop = (): void => killAll(child);
  deadline.addEventListener('abort', stop, { once: true });
  try {
    return await read(child, query.maxBytes * 2, complaint(where, secretsOf(where, query)));
  } catch (error) {
    if (!deadline.aborted) throw asFailure(where, error);
    throw new Failure('E_TIMEOUT', `${where.argv[0]} printed its log for too long and was ended`, {
      hint: 'let it print less, or set a larger max_seconds',
      cause: error,
    });
  } finally {
    deadline.removeEventListener('abort', stop);
    // Whatever it left behind ends with it.
    killAll(child);
  }
}

function start({ argv: [program, ...rest], env }: Options, query: LogAsk): ChildProcess {
  const given = Object.fromEntries(env.map((name) => [name, secretOf(name, query.secrets)]));
  const span = { LOG_FROM: String(Math.floor(query.from / 1_000)), LOG_TO: String(Math.ceil(query.to / 1_000)) };
  return spawn(program, rest, {
    shell: false,
    // A group of its own, so that its children can be ended with it.
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', ...span, ...given },
  });
}

const secretsOf = ({ env }: Options, { secrets }: LogAsk): readonly string[] => env.flatMap((name) => secrets?.(name) ?? []);

/** Rejects with how it ended and what it complained of, or with the reason why it was not started. */
function read(child: ChildProcess, keptBytes: number, complain: Complain): Promise<{ text: string; isCut: boolean }> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let total = 0;
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      total += chunk.length;
      if (total > MOST_BYTES) killAll(child);
      // The oldest goes; now and then, so that a flood of small chunks costs little.
      if (size > keptBytes * 2) [chunks, size] = [[Buffer.concat(chunks).subarray(-keptBytes)], keptBytes];
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (said.length < COMPLAINT_BYTES) said += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      const tooMuch = total > MOST_BYTES;
      if (code !== 0 && !tooMuch) return reject(complain(killedBy === null ? `ended with ${code}` : `was ended by ${killedBy}`, said));
      const bytes = Buffer.concat(chunks).subarray(-keptBytes);
      const isCut = tooMuch || total > bytes.length;
      // The first line is cut in half.
      resolve({ text: bytes.toString('utf8', isCut ? bytes.indexOf(10) + 1 : 0), isCut });
    });
  });
}

/** The whole group; it may be gone already. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    return;
  }
}

type Complain = (how: string, said: string) => Failure;

function complaint({ argv: [program] }: Options, secrets: readonly string[]): Complain {
  return (how, said) => {
    const words = redactText(said, secrets)
      .replace(/[\p{C}\s]+/gu, ' ')
      .trim()
      .slice(0, COMPLAINT_CHARS);
    return new Failure('E_LOGS', `${program} ${how}${words === '' ? '' : `: ${words}`}`, {
      hint: 'run argv of services.yml → logs by hand, as the user the bot runs as',
    });
  };
}

function asFailure({ argv: [program] }: Options, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return new Failure('E_LOGS', `${program} cannot be started (${reason})`, { hint: 'check argv in services.yml → logs', permanent: true, cause: error });
}
