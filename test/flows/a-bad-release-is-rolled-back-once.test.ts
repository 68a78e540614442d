import { expect, it } from 'vitest';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import { plays } from './story.ts';
import { openWorld } from './world.ts';

it('a bad release is rolled back once, proven, and written up', async () => {
  const world = await openWorld({ rule: {} });
  await plays(world);
  const { slack, github, shop } = world.stage;

  // GitHub: one dispatch of exactly what was approved, and nothing else was changed.
  expect(github.effects).toHaveLength(1);
  expect(world.dispatches()[0]?.detail).toMatchObject({
    ref: 'main',
    title: 'Deploy v2.13.2 (INC-1/rb1)',
    inputs: { tag: 'v2.13.2', tagback_id: 'INC-1/rb1' },
  });
  expect(github.requests.filter(({ method }) => method !== 'GET')).toHaveLength(1);
  expect(shop.release()).toBe('v2.13.2');

  // Slack: one channel, one pinned card, one announcement, the picture, the postmortem.
  expect(world.channels().filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
  const channel = world.channel();
  expect(channel.name).toBe('inc-1-checkout-api');
  expect(channel.pins).toHaveLength(1);
  expect(world.card()).toMatch(/^SEV1 INC-1 resolved: .*lead ada/);
  expect([...channel.members]).toEqual(expect.arrayContaining(['U0ADA', 'U0LIN']));
  const announcement =
    world
      .channels()
      .find(({ name }) => name === 'incidents')
      ?.messages.filter(({ bot_id }) => bot_id !== undefined) ?? [];
  expect(announcement.map(textOf).join()).toMatch(/^INC-1 SEV1, resolved/);
  expect(announcement).toHaveLength(1);
  expect([...slack.world.files.values()].map(({ name }) => name)).toEqual(expect.arrayContaining(['inc-1-error-rate.png', 'inc-1-postmortem.md']));
  expect(world.says(/deploy v2\.14\.0 at .* alert at .* rollback → v2\.13\.2 at .* recovered at/)).toMatch(/threshold 2\.0 %/);
  expect(world.says(/^Recovered/)).toMatch(/by its own answer/);

  // The timeline tells it in order.
  const kinds = await world.kinds();
  const story = ['opened', 'channelOpened', 'roleTaken', 'evidenceAdded', 'rollbackRequested', 'rollbackPlanned', 'rollbackApproved', 'rollbackSent'];
  const end = ['rollbackEnded', 'verdictReached', 'mitigated', 'resolved', 'postmortemWritten'];
  expect(kinds.filter((kind) => [...story, ...end].includes(kind))).toEqual([...story, ...end]);
  const incident = await world.incident();
  expect(incident).toMatchObject({ phase: 'resolved', verdict: { kind: 'recovered', runs: 'v2.13.2' }, troubles: [] });
  expect(incident.rollbacks.rb1).toMatchObject({ stage: 'done', approvals: [{ slackId: 'U0GRACE' }] });
  const postmortem = await world.program.port.postmortem('INC-1');
  for (const word of ['v2.14.0', 'v2.13.2', 'ada', 'grace', 'recovered', 'cartTotal needs a fix']) expect(postmortem).toContain(word);
});

it('who looks up the past finds the same words: the chart has words for those who do not see it', async () => {
  const world = await openWorld({ rule: {} });
  await plays(world);
  const chart = await world.program.chart('INC-1');
  expect(
    Buffer.from(chart?.png ?? [])
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  expect(chart?.alt).toMatch(/peak .* threshold 2\.0 %/);
});
