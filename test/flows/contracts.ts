/** What every flow ends with: each request to GitHub is one GitHub describes, each payload to Slack is one Slack takes, nobody swallowed a complaint. */
import { expect } from 'vitest';
import type { MiniGitHub } from '../../src/sandbox/github/server.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { checkGitHubRequest } from '../contracts/github.ts';
import { checkMessage, checkView } from '../contracts/slack.ts';

/** Refusals that are part of a normal day. */
const NORMAL = /^(ratelimited|name_taken|already_pinned|already_in_channel|not_found|[a-z0-9]*-(after|before)|hang|html|50\d|429.*)$/;

interface Both {
  readonly slack: MiniSlack;
  readonly github: MiniGitHub;
}

export function expectContracts(stage: Both): void {
  expect(contractFlaws(stage)).toEqual([]);
}

/** What the vendors would have refused or swallowed, in words. */
export function contractFlaws({ slack, github }: Both): readonly string[] {
  return [
    ...githubFlaws(github),
    ...slackFlaws(slack),
    ...slack.world.mishaps.map(({ what, detail }) => `Slack swallowed ${what}: ${detail}`),
    ...refusals(slack),
    // One misspelt header, and all calls would be anonymous.
    ...github.requests.flatMap(({ auth, path }) => (auth === 'bearer' ? [] : [`${path} went out without a token`])),
  ];
}

function githubFlaws(github: MiniGitHub): readonly string[] {
  return github.requests.flatMap(({ method, path, query, body }) =>
    checkGitHubRequest(method, path + query, body === '' ? undefined : JSON.parse(body)).map((flaw) => `${method} ${path}: ${flaw}`),
  );
}

function slackFlaws({ requests, world }: MiniSlack): readonly string[] {
  const calls = requests.flatMap(({ method, args }) => {
    const { blocks, view } = { blocks: read(args.blocks), view: read(args.view) };
    const flaws = [
      ...(blocks === undefined ? [] : Array.isArray(blocks) ? checkMessage(blocks) : ['blocks are no list']),
      ...(view === undefined ? [] : checkView(view)),
    ];
    const isSilent = /^chat\.(postMessage|update|postEphemeral)$/.test(method) && (typeof args.text !== 'string' || args.text === '');
    return [...flaws, ...(isSilent ? ['no text for notifications and screen readers'] : [])].map((flaw) => `${method}: ${flaw}`);
  });
  // Answers through a response_url are no calls of the Web API; the sandbox shows them as it got them, with ids for the blocks.
  const answers = world.ephemerals.flatMap(({ message }) => checkMessage(message.blocks ?? []).map((flaw) => `response_url: ${flaw}`));
  return [...new Set([...calls, ...answers])];
}

function refusals({ requests }: MiniSlack): readonly string[] {
  return requests.flatMap(({ method, ok, error }) => (ok || error === undefined || NORMAL.test(error) ? [] : [`Slack refused ${method}: ${error}`]));
}

/** The Web API takes JSON inside of forms. */
function read(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
