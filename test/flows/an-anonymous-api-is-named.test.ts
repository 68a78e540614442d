import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { replacing } from './services.ts';
import { openWorld } from './world.ts';

const PLAYBOOK = `title: Calls to GitHub are refused
steps:
  - id: limits
    use: check-quota
    title: Does GitHub still let us ask?
    on_anonymous: header
    next: end
  - id: header
    use: ask
    title: Correct the header?
    question: '{{ service }} calls GitHub without its name. Who corrects the header and deploys again?'
    choices:
      - { id: me, label: I do }
      - { id: owner, label: The owner does }
`;

it('a service whose calls to GitHub became anonymous: the card says so and what to do, and the playbook goes its way', async () => {
  const world = await openWorld();
  // Of the service alone: the bot never calls its own without a token, and every world is held to that.
  const github = await startGitHub({ clock: world.clock });
  onTestFinished(() => github.close());
  const folder = join(world.stage.dir, 'playbooks');
  const services = join(folder, 'services.yml');
  writeFileSync(join(folder, 'limits.yml'), PLAYBOOK);
  const api = `{ name: GitHub, url: '${github.url}/rate_limit', kind: github }`;
  const change = replacing(['playbook: error-rate', 'playbook: limits'], ['      urls:', `      apis:\n        - ${api}\n      urls:`]);
  writeFileSync(services, change(readFileSync(services, 'utf8')));
  expect(world.program.reload()).toEqual([]);

  await world.alertFires();
  await world.until('the limits', async () => (await world.incident()).steps.limits?.state === 'done');
  expect((await world.incident()).steps.limits).toMatchObject({ outcome: 'anonymous', data: { api: 'GitHub', limit: 60, remaining: 60 } });
  const said = await world.until('the card', () => world.message(/limit is 60\/h, so our calls are anonymous/) && world.says(/Does GitHub still let us ask/));
  expect(said).toMatch(/Anonymous[\s\S]*Do[\s\S]*Authorization header/);
  await world.until('the question', () => world.message(/calls GitHub without its name/));
  // The bot's own token is another one, and is well.
  expect(world.program.dependencies.all().find(({ name }) => name === 'github')).toMatchObject({ state: 'ok', cause: undefined });
});

it('the bot’s own token is nearly used up: /readyz says so, the log says it once, and alerts are still taken', async () => {
  const world = await openWorld();
  world.stage.github.leave(100, SANDBOX_TOKEN);
  await world.pass(6_000);
  const readiness = async () => (await fetch(`${world.url}/readyz`)).json();
  expect(await readiness()).toMatchObject({
    ready: true,
    dependencies: expect.arrayContaining([
      expect.objectContaining({ name: 'github', state: 'degraded', cause: expect.stringMatching(/less than a tenth of 5000 calls/) }),
    ]),
  });
  world.stage.github.leave(90, SANDBOX_TOKEN);
  await world.pass(12_000);
  expect(world.logged().match(/"dependency":"github"[^\n]*dependency is not well/g)).toHaveLength(1);
});
