/** The sandbox's GitHub behind a line with a delay, as a process of its own: its work must not make Slack's answers late. */
import { realClock } from '../src/lib/clock.ts';
import { startGitHub } from '../src/sandbox/github/server.ts';
import { delayLine } from './delay.ts';

const delayMs = Number(process.argv[2]);
const github = await startGitHub({ clock: realClock });
const line = await delayLine(github.url, { delayMs, handshakeMs: delayMs });
console.log(`github at ${line.url} `);
