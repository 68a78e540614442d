import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

it('a message marked with 📌 is kept with its time and its link, once, whoever marks it again', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(30_000);
  const { id, name } = world.channel();
  const ts = await world.lin.says('The cache was full at 12:03', name);
  await world.pass(60_000);
  await world.ada.reacts('pushpin', name, ts);
  await world.lin.reacts('pushpin', name, ts);
  await world.pass(3_000);

  const notes = (await world.timeline()).filter(({ kind, by }) => kind === 'noted' && by.kind === 'human');
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatchObject({ text: 'The cache was full at 12:03', permalink: expect.stringContaining(`/archives/${id}/p${ts.replace('.', '')}`) });
  expect(world.says(/The cache was full/)).toBeDefined();
  expect(await world.program.port.postmortem('INC-1')).toContain('The cache was full at 12:03');
});

it('the message shortcut does the same and answers; pictures of the message become evidence', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(30_000);
  const { name } = world.channel();
  const file = await world.lin.uploads('graph.png');
  const { ts } = await world.stage.slack.as('U0LIN').say(name, 'See the graph', { files: [file] });
  expect(await world.ada.messageShortcut('add_to_timeline', name, ts)).toMatch(/It is in the timeline/);
  expect(await world.incident()).toMatchObject({ evidence: [{ kind: 'screenshot', fileId: file, name: 'graph.png' }] });
});

it('other reactions, other channels and guests of other companies change nothing', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(30_000);
  const before = await world.kinds();
  const { name } = world.channel();
  const ts = await world.lin.says('hm', name);
  await world.ada.reacts('tada', name, ts);
  const elsewhere = await world.lin.says('hm', 'general');
  await world.ada.reacts('pushpin', 'general', elsewhere);
  expect(await world.ada.messageShortcut('add_to_timeline', 'general', elsewhere)).toMatch(/not the channel of an incident.*E_CONTEXT/s);
  await world.pass(3_000);
  expect(await world.kinds()).toEqual(before);
});
