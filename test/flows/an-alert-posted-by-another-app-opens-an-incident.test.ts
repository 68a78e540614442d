/** Two doors without a webhook: what another app posts in a watched channel, and what a person writes into the form at /report. */
import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

const MONITOR = { name: 'Monitor', appId: 'A0MONITOR' };
const incidents = (names: readonly { readonly name: string }[]): readonly string[] => names.map(({ name }) => name).filter((name) => name.startsWith('inc-'));

it('what a watched app posts opens an incident, and its edit says that the alert is over', async () => {
  let watched = '';
  const services = (text: string): string => {
    watched = /^announce: (\S+)/m.exec(text)?.[1] ?? '';
    return `watch_channels: [{ channel: ${watched}, app: A0MONITOR }]\n${text}`;
  };
  const world = await openWorld({ services });
  const { slack } = world.stage;
  const { ts, ack } = await slack.postAs(MONITOR, watched, { attachments: [{ title: 'Error rate of checkout-api is 12%' }] });
  expect(ack.kind).toBe('acked');
  await world.pass(5_000);
  expect(incidents(world.channels())).toEqual(['inc-1-checkout-api']);
  await slack.edit(watched, ts, { attachments: [{ title: 'Resolved: error rate of checkout-api is 0%' }] });
  await world.pass(5_000);
  const log = world.logged();
  expect([...log.matchAll(/"state":"(\w+)","decision":"(\w+)"/g)].map(([, state, decision]) => [state, decision])).toEqual([
    ['firing', 'open'],
    ['resolved', 'join'],
  ]);
});

it('a person’s report by web form opens an incident, and the next one about the same service joins it', async () => {
  const world = await openWorld();
  const headers = { authorization: `Basic ${Buffer.from(`kim:${world.stage.env.REPORT_TOKEN}`).toString('base64')}` };
  const report = async (description: string): Promise<string> => {
    const form = await (await fetch(`${world.url}/report`, { headers })).text();
    const ticket = /name="ticket" value="([^"]+)"/.exec(form)?.[1] ?? '';
    const body = new URLSearchParams({ ticket, description, service: 'checkout-api', url: 'https://shop.example.com/pay', name: 'Kim' });
    const answer = await fetch(`${world.url}/report`, { method: 'POST', headers, body });
    await world.pass(5_000);
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await report('Paying fails')).toMatch(/^200 [\s\S]*INC-1 is open/);
  expect(await report('Still cannot pay')).toMatch(/^200 [\s\S]*Added to INC-1/);
  expect(incidents(world.channels())).toEqual(['inc-1-checkout-api']);
});
