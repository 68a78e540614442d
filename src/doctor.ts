/** `tagback doctor`: everything missing or wrong, each with its remedy. Exit code 0, 1 (problems), 78 (configuration). */
import { describeProblems, type Env, readConfig } from './config.ts';
import type { Catalog } from './core/service.ts';
import { detectionFindings, type Finding } from './doctor-detection.ts';
import { sourceFindings } from './doctor-sources.ts';
import { createGitHub } from './github/client.ts';
import { realClock } from './lib/clock.ts';
import { Failure } from './lib/failure.ts';
import { createLog } from './lib/log.ts';
import { printProblem } from './playbook/problem.ts';
import { openPlaybooks } from './playbook/watch.ts';
import { PLUGS } from './plugs.ts';
import { createTalk } from './slack/talk.ts';
import { neededScopes } from './slack/talk-methods.ts';
import { githubProbe } from './wire-parts.ts';

const DEADLINE_MS = 9_000;

export async function doctor(env: Env, options: { json: boolean; write: (text: string) => void }): Promise<number> {
  const read = readConfig(env);
  if (!read.ok) {
    options.write(options.json ? `${JSON.stringify({ ok: false, problems: read.problems }, null, 2)}\n` : `${describeProblems(read.problems)}\n`);
    return 78;
  }
  const { config } = read;
  const log = createLog({ level: 'silent' });
  const talk = createTalk({ url: config.slack.apiUrl, token: config.slack.botToken, clock: realClock, log, deadlineMs: DEADLINE_MS });
  const github = createGitHub({ url: config.github.apiUrl, auth: config.github.auth, clock: realClock, log });
  const { catalog, findings: ofPlaybooks } = readPlaybooks(config.playbooksDir);
  const outside = await Promise.all([slackFinding(talk), githubFinding(github)]);
  const alerts = await Promise.all([sourceFindings(config, catalog), detectionFindings(catalog)]);
  const findings = [{ name: 'settings', ok: true, text: 'complete' }, ...ofPlaybooks, ...outside, ...alerts.flat()];
  await talk.close();
  const ok = findings.every((finding) => finding.ok);
  if (options.json) options.write(`${JSON.stringify({ ok, findings }, null, 2)}\n`);
  else for (const finding of findings) options.write(`${finding.ok ? 'ok     ' : 'PROBLEM'} ${finding.name}: ${finding.text}\n`);
  return ok ? 0 : 1;
}

const EMPTY: Catalog = { services: [], operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: {} };

function readPlaybooks(dir: string): { readonly catalog: Catalog; readonly findings: readonly Finding[] } {
  try {
    const playbooks = openPlaybooks({ dir, ...PLUGS });
    const problems = playbooks.problems().map((problem) => ({ name: 'playbooks', ok: false, text: printProblem(problem) }));
    const fine = `${count(playbooks.catalog().services.length, 'service')}, ${count(playbooks.names().length, 'playbook')}`;
    return { catalog: playbooks.catalog(), findings: problems.length > 0 ? problems : [{ name: 'playbooks', ok: true, text: fine }] };
  } catch (error) {
    return { catalog: EMPTY, findings: [{ name: 'playbooks', ok: false, text: say(error) }] };
  }
}

async function slackFinding(talk: ReturnType<typeof createTalk>): Promise<Finding> {
  try {
    const { url, scopes } = await talk.identity();
    const missing = scopes === undefined ? [] : neededScopes().filter((scope) => !scopes.includes(scope));
    if (missing.length > 0)
      return {
        name: 'slack',
        ok: false,
        text: `the app lacks the scopes ${missing.join(', ')}; add them (app-manifest.yml has all) and install the app again`,
      };
    return { name: 'slack', ok: true, text: `signed in at ${url}, all scopes there` };
  } catch (error) {
    return { name: 'slack', ok: false, text: say(error) };
  }
}

async function githubFinding(github: ReturnType<typeof createGitHub>): Promise<Finding> {
  const { state, cause } = await githubProbe(github).look(AbortSignal.timeout(DEADLINE_MS));
  const { limit, remaining } = github.budget();
  return { name: 'github', ok: state === 'ok', text: cause ?? `signed in, ${remaining ?? '?'} of ${limit ?? '?'} requests left this hour` };
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
const say = (error: unknown): string =>
  error instanceof Failure ? `${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}` : 'an internal error';
