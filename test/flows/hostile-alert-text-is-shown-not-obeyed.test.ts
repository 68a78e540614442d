import { expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

/** Everything that was sent to Slack, as it left. */
const sent = (world: World): string => JSON.stringify(world.stage.slack.requests.map(({ args }) => args));

it('mentions and links in an alert are text: nobody is pinged, nothing is rendered (A24)', async () => {
  const world = await openWorld();
  const evil = '<!channel> *pwn* <https://evil.example|Runbook> <@U0GRACE> @here';
  await world.alertFires({ labels: { alertname: evil, team: evil }, annotations: { summary: evil, description: evil, runbook_url: 'javascript:alert(1)' } });
  await world.ada.types('/incident new <!channel> <https://evil.example|Runbook>');
  await world.pass(5_000);
  await world.ada.presses(/^Take the lead$/, world.channel('INC-1').name);
  await world.ada.types('/incident timeline', world.channel('INC-1').name);
  await world.pass(5_000);

  expect(world.channel('INC-1').name).toBe('inc-1-checkout-api');
  expect(world.card()).toContain('&lt;!channel&gt;');
  for (const word of ['<!channel>', '<!here>', '<https://evil.example|', '<@U0GRACE>', '<javascript:']) expect(sent(world)).not.toContain(word);
  // What Slack parses by itself is switched off in every message.
  for (const { method, args } of world.stage.slack.requests)
    if (method === 'chat.postMessage') expect(args).toMatchObject({ parse: 'none', unfurl_links: expect.anything(), unfurl_media: expect.anything() });
});

it('hidden and endless names: a channel name Slack takes, and text without marks that turn it around (A25)', async () => {
  const world = await openWorld();
  const evil = `${'\u{1F525}'.repeat(300)}\u202e\u200b`;
  await world.alertFires({ labels: { alertname: evil, service: evil }, annotations: { summary: evil } });
  await world.pass(5_000);
  const { name } = world.channel('INC-1');
  expect(name).toMatch(/^[a-z0-9][a-z0-9_-]{0,79}$/);
  expect(sent(world)).not.toMatch(/\u202e|\u200b|\\u202e|\\u200b/);
  expect((await world.incident()).troubles).toEqual([]);
});

it('what people write is treated the same', async () => {
  const world = await openWorld();
  await world.alertFires();
  await world.pass(5_000);
  const { name } = world.channel();
  await world.ada.types('/incident note look &lt;!channel&gt; `code` <https://evil.example|here>', name);
  await world.ada.types('/incident update all fine <!here>', name);
  await world.ada.types('/rollback v2.13.2 --reason because <!channel>', name);
  await world.pass(10_000);
  for (const word of ['<!channel>', '<!here>', '<https://evil.example|']) expect(sent(world)).not.toContain(word);
});
