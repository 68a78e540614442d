/** The sandbox's GitHub behind a line with a delay, as a process of its own: its work must not make Slack's answers late. */
import { realClock } from '../src/lib/clock.ts';
import { startGitHub } from '../src/sandbox/github/server.ts';
import { delayLine, type Passed } from './delay.ts';

/** What has been answered since this was asked last. */
export type Books = readonly Passed[];

/** Deploys are over when they are looked at: who waits for them is not measured here. */
const SOON = { queuedMs: 20, buildMs: 20, deployMs: 20, finishMs: 20 };
const delayMs = Number(process.argv[2]);
const count = Number(process.argv[3] ?? 1);
const all = await Promise.all(
  Array.from({ length: count }, (_, n) => startGitHub({ clock: realClock, timing: SOON, ...(count > 1 && { repo: `acme/shop-${n + 1}` }) })),
);
const byRepo = new Map(all.map(({ repo, url }) => [repo, url]));
const [first] = all;
/** One address for all repositories, as at GitHub. */
const serverOf = (path: string): string => byRepo.get(/^\/repos\/([^/]+\/[^/]+)/.exec(path)?.[1] ?? '') ?? first?.url ?? '';
const line = await delayLine(serverOf, { delayMs, handshakeMs: delayMs });
let seen = 0;
let open: Passed[] = [];
process.on('message', () => {
  open.push(...line.passed.slice(seen));
  seen = line.passed.length;
  const ended = open.filter(({ to }) => Number.isFinite(to));
  open = open.filter(({ to }) => !Number.isFinite(to));
  process.send?.(ended satisfies Books);
});
process.on('disconnect', () => process.disconnect?.());
console.log(`github at ${line.url} `);
