import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { andCart } from './services.ts';
import { collects } from './story.ts';
import { openWorld, type World } from './world.ts';

function edit(world: World, change: (text: string) => string): readonly { readonly code: string; readonly message: string }[] {
  const file = join(world.stage.dir, 'playbooks', 'error-rate.yml');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return world.program.reload();
}

const OTHER = `title: Another way\nsteps:\n  - id: think\n    use: ask\n    title: Think first\n    question: What changed?\n    choices:\n      - { id: a, label: Nothing }\n      - { id: b, label: Everything }\n`;

it('an incident keeps the playbook it started with; the next one gets the new text', async () => {
  const world = await openWorld({ services: andCart });
  await world.alertFires();
  await world.pass(5_000);
  const before = (await world.incident()).playbook;
  expect(edit(world, () => OTHER)).toEqual([]);

  await world.ada.presses(/^Take the lead$/);
  await collects(world);
  await world.ada.presses(/^Roll back$/);
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^Recovered/));
  expect((await world.incident()).playbook).toEqual(before);

  await world.alertFires({ labels: { service: 'cart-api', alertname: 'CartDown' } });
  await world.pass(5_000);
  expect(world.says(/Think first/, 'INC-2')).toMatch(/What changed\?/);
  expect((await world.incident('INC-2')).playbook?.hash).not.toBe(before?.hash);
});

it('a file with a mistake is named by place and changes nothing', async () => {
  const world = await openWorld({ errors: /a playbook cannot be used; what was in force stays/ });
  const problems = edit(world, (text) => text.replace('use: check-logs', 'use: check-lgos'));
  expect(problems[0]).toMatchObject({ code: 'E_PLAYBOOK_STEP', file: 'error-rate.yml', line: 20, message: expect.stringContaining('check-lgos') });
  await world.alertFires();
  await world.pass(5_000);
  expect((await world.incident()).playbook?.steps.map(({ use }) => use)).toContain('check-logs');
});
