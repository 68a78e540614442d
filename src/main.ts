/** `npm start`: start and stop. The only place that ends the process. */
import { describeProblems, readConfig, readProcessEnv } from './config.ts';
import { Failure } from './lib/failure.ts';
import { createLog } from './lib/log.ts';
import { giveBackMemory } from './lib/memory.ts';
import { buildProgram } from './wire.ts';

/** sysexits.h: EX_SOFTWARE, EX_CONFIG; a supervisor must not restart after the second. */
const INTERNAL = 70;
const CONFIG = 78;
const sayFailure = (error: unknown): string =>
  error instanceof Failure ? `${error.code}: ${error.message}${error.hint === undefined ? '' : `\n    → ${error.hint}`}` : String(error);
/** What waiting may mend (a full disk, a database the old process still holds) is worth another start. */
const codeOf = (error: unknown): number => (error instanceof Failure && (error.code === 'E_CONFIG' || error.permanent) ? CONFIG : INTERNAL);
/** By then Slack's libraries are loaded and the first looks at everything are over. */
const SETTLED_MS = 3_000;
/** More stray rejections than this in a minute is not bad luck. */
const REJECTIONS_PER_MINUTE = 5;

const read = readConfig(readProcessEnv());
if (!read.ok) {
  process.stderr.write(`${describeProblems(read.problems)}\n`);
  process.exit(CONFIG);
}
const log = createLog({ level: read.config.logLevel, secrets: read.config.secrets });
const program = await buildProgram(read.config, { log }).catch((error: unknown) => {
  process.stderr.write(`${sayFailure(error)}\n`);
  return process.exit(codeOf(error));
});

let stopping = false;
async function stop(code: number, why: string): Promise<void> {
  if (stopping) process.exit(code); // asked twice: at once
  stopping = true;
  log.info({ why }, 'stopping');
  await program.stop().catch((error: unknown) => log.error({ err: error }, 'stopping failed'));
  log.info({ code }, 'stopped');
  log.flush();
  process.exit(code);
}

process.on('SIGTERM', () => void stop(0, 'SIGTERM'));
process.on('SIGINT', () => void stop(0, 'SIGINT'));
process.on('SIGHUP', () => void program.reload());

// A shaky socket of a dependency may reject where nobody listens; that must not end the process in the middle of an incident.
const rejections: number[] = [];
process.on('unhandledRejection', (reason) => {
  log.fatal({ err: reason instanceof Error ? reason : new Error(String(reason)) }, 'unhandled rejection; going on');
  const now = performance.now();
  rejections.push(now);
  while ((rejections[0] ?? now) < now - 60_000) rejections.shift();
  if (rejections.length > REJECTIONS_PER_MINUTE) void stop(INTERNAL, 'too many unhandled rejections');
});
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'uncaught exception');
  void stop(INTERNAL, 'uncaught exception');
});

await program.start().catch((error: unknown) => {
  process.stderr.write(`${sayFailure(error)}\n`);
  process.exit(codeOf(error));
});
setTimeout(giveBackMemory, SETTLED_MS).unref();
