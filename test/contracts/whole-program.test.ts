import { expect, it } from 'vitest';
import { contractFlaws } from '../flows/contracts.ts';
import { plays } from '../flows/story.ts';
import { openWorld } from '../flows/world.ts';

it('a whole incident passes GitHub’s and Slack’s own descriptions, and the judge is awake', async () => {
  const world = await openWorld({ rule: {} });
  await plays(world);
  const { slack, github } = world.stage;
  const methods = new Set(slack.requests.map(({ method }) => method));
  for (const method of ['conversations.create', 'chat.postMessage', 'chat.update', 'views.open', 'pins.add', 'files.completeUploadExternal', 'users.info'])
    expect(methods).toContain(method);
  expect(github.requests.map(({ method, path }) => `${method} ${path}`)).toContain('POST /repos/acme/shop/actions/workflows/deploy.yml/dispatches');
  expect(contractFlaws({ slack, github })).toEqual([]);

  const dispatch = github.requests.find(({ method }) => method === 'POST');
  const post = slack.requests.findLast(({ method }) => method === 'chat.postMessage');
  const form = slack.requests.find(({ method }) => method === 'views.open');
  if (!dispatch || !post || !form) throw new Error('the story sent no dispatch, no message or no form');
  const asked = (change: object): typeof github => ({ ...github, requests: [...github.requests, { ...dispatch, ...change }] });
  const told = (...calls: (typeof post)[]): typeof slack => ({ ...slack, requests: [...slack.requests, ...calls] });
  const section = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_001) } };
  expect(contractFlaws({ slack, github: asked({ body: '{"inputs":{}}' }) }).join()).toMatch(/must have required property 'ref'/);
  expect(contractFlaws({ slack, github: asked({ path: '/repos/acme/shop/relases' }) }).join()).toMatch(/unknown path/);
  expect(contractFlaws({ slack, github: asked({ auth: 'none' }) }).join()).toMatch(/went out without a token/);
  expect(contractFlaws({ github, slack: told({ ...post, args: { ...post.args, blocks: JSON.stringify([section]) } }) }).join()).toMatch(/3000 characters/);
  expect(contractFlaws({ github, slack: told({ ...post, args: { ...post.args, text: '' } }) }).join()).toMatch(/no text for notifications/);
  expect(contractFlaws({ github, slack: told({ ...form, args: { view: { type: 'modal', blocks: [] } } }) }).join()).toMatch(/views\.open/);
  expect(contractFlaws({ github, slack: told({ ...post, ok: false, error: 'invalid_blocks' }) }).join()).toMatch(/invalid_blocks/);
});
