/** The log of a job as GitHub writes it: a byte order mark, a moment before every line, marks for groups, colours of the terminal. */
import { type JobProgress, jobsOf, lastAttempt, type Run } from './runs.ts';
import { jobId } from './shapes-actions.ts';
import type { World } from './world.ts';

/** Below it lie the texts; no credentials are asked for there. */
export const LOGS_PATH = '/_logs/';

const ESC = '\u001b[';
const BLUE = (text: string): string => `${ESC}36;1m${text}${ESC}0m`;
const RED = (text: string): string => `${ESC}31m${text}${ESC}0m`;
const GREEN = (text: string): string => `${ESC}32m${text}${ESC}0m`;

// Put together here, so that no scanner takes this file for a leak; nothing accepts it.
export const FAKE_SECRET = ['ghp', 'sandboxSANDBOXsandboxSANDBOXsandbox1'].join('_');

export interface LogText {
  readonly status: number;
  readonly text: string;
}

/** undefined: not an address of a log. */
export function logFor(world: World, url: URL): LogText | undefined {
  if (!url.pathname.startsWith(LOGS_PATH)) return undefined;
  const until = Number(url.searchParams.get('se'));
  if (!(world.now() <= until) || url.searchParams.get('sig') !== until.toString(36)) return { status: 403, text: 'AuthenticationFailed\n' };
  const id = url.pathname.slice(LOGS_PATH.length).replace(/\.txt$/, '');
  for (const run of world.runs()) {
    const job = jobsOf(run, world.now()).find((one) => String(jobId(run, one)) === id);
    if (job) return { status: 200, text: logOf(run, job) };
  }
  return { status: 404, text: 'BlobNotFound\n' };
}

function logOf(run: Run, job: JobProgress): string {
  const from = Number.isFinite(job.startedAt) ? job.startedAt : lastAttempt(run).startedAt;
  const lines = [...head(run), ...(job.name === 'build' ? build(run, job) : deploy(run, job))];
  // A line each millisecond; GitHub writes seven digits of the second.
  const stamp = (index: number) => new Date(from + index).toISOString().replace('Z', '0000Z');
  return `\ufeff${lines.map((line, index) => `${stamp(index)} ${line}\n`).join('')}`;
}

const head = (run: Run): readonly string[] => [
  "Current runner version: '2.330.0'",
  '##[group]Runner Image',
  'Image: ubuntu-24.04',
  '##[endgroup]',
  `Job defined at: ${run.ref}`,
];

function command(text: string, tag: string): readonly string[] {
  return [`##[group]Run ${text}`, BLUE(text), 'shell: /usr/bin/bash -e {0}', 'env:', `  TAG: ${tag}`, '##[endgroup]'];
}

function build(run: Run, job: JobProgress): readonly string[] {
  const fetched = `[command]/usr/bin/git fetch --depth=1 origin +refs/tags/${run.tag}:refs/tags/${run.tag}`;
  if (job.conclusion === 'cancelled') return [fetched, '##[error]The operation was canceled.'];
  if (job.conclusion === 'failure')
    return [fetched, `fatal: couldn't find remote ref refs/tags/${run.tag}`, "##[error]The process '/usr/bin/git' failed with exit code 128"];
  return [
    fetched,
    `HEAD is now at ${run.tagSha?.slice(0, 7)} ${run.tag}`,
    ...command('npm ci && npm run build', run.tag),
    'added 214 packages in 6s',
    GREEN('built in 3.41s'),
  ];
}

function deploy(run: Run, job: JobProgress): readonly string[] {
  const asked = lastAttempt(run).gate.review;
  if (asked?.verdict === 'rejected') return [`##[error]The deployment was rejected by ${asked.by}.`];
  const begin = [...command('./scripts/deploy production "$TAG"', run.tag), `Deploying ${run.tag} to production`, 'pod shop-7f9c8d-1: pulling image'];
  if (job.conclusion === 'cancelled') return [...begin, '##[error]The operation was canceled.'];
  if (job.conclusion === 'success') return [...begin, GREEN(`production runs ${run.tag}`)];
  return [
    ...begin,
    `registry: using token ${FAKE_SECRET}`,
    'pod shop-7f9c8d-1: CrashLoopBackOff',
    RED('Error: connect ECONNREFUSED 10.0.3.7:5432'),
    '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)',
    RED('rollout of shop did not finish: 0 of 3 pods are ready'),
    '##[error]Process completed with exit code 1.',
  ];
}
