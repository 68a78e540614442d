/** The program with short waits, in a process of its own, for tests that kill it. Wiring, config and steps are those of `npm start`. */
import { flushCompileCache } from 'node:module';
import { describeProblems, readConfig, readProcessEnv } from '../../src/config.ts';
import { buildProgram } from '../../src/wire.ts';

/** `settleMs` stays longer than `slackDeadlineMs`, as in the real limits: a request under way has ended before anybody looks for its effect. */
const SHORT = { settleMs: 1_500, leaseMs: 5_000, firstRetryMs: 150, longestRetryMs: 1_000 };
const SLACK_DEADLINE_MS = 1_200;

const read = readConfig(readProcessEnv());
if (!read.ok) throw new Error(describeProblems(read.problems));
const program = await buildProgram(read.config, { worker: SHORT, slackDeadlineMs: SLACK_DEADLINE_MS });
process.on('SIGTERM', () => void program.stop().then(() => process.exit(0)));
// The supervisor of the test reads this line; main.ts goes on after a stray rejection, a test wants to hear of it.
process.on('unhandledRejection', (reason) => program.log.fatal({ err: reason }, 'unhandled rejection; going on'));
await program.start();
// Written at the end of a process otherwise, and hardly one of these comes to a good end.
flushCompileCache();
