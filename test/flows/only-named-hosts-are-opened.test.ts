/** Whose addresses the bot opens. A canary on another port of the same machine counts who comes by. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { replacing } from './services.ts';
import { openWorld } from './world.ts';

async function canary(): Promise<{ readonly host: string; readonly seen: readonly string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(418).end('canary');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen }; // listening on a port, not on a pipe
}

it('addresses in messages of the channel are evidence once, and opened only where services.yml names host and port', async () => {
  const { host, seen } = await canary();
  const world = await openWorld();
  await world.alertFires();
  const channel = world.channel().name;
  const chapter = `${world.stage.shop.url}/chapters/2`;
  await world.ada.says(`I see it at <${chapter}> and <${chapter}|here>, look at <http://${host}/dashboard|the dashboard>`, channel);
  await world.ada.says(`again: <${chapter}>`, channel);
  await world.pass(3_000);
  expect((await world.incident()).evidence).toMatchObject([{ kind: 'url', url: chapter, by: 'ada' }]);
  expect((await world.incident()).board).toMatchObject([{ url: chapter, before: { kind: 'answered', status: 500 } }]);

  // What a form names on purpose is kept, and opened no more than before.
  await world.ada.picks(/^Add evidence…$/);
  await world.ada.fills({
    urls: `http://${host}/?next=http://169.254.169.254/\n${world.stage.shop.url}/cart`,
    requests: 'req-7f3a, req-7f3a',
    users: 'kim@example.com\nlee',
  });
  await world.pass(3_000);
  const { board, evidence } = await world.incident();
  expect(board.map(({ before }) => before.kind)).toEqual(['answered', 'not-opened', 'answered']);
  expect(evidence.filter(({ kind }) => kind === 'request' || kind === 'user')).toMatchObject([
    { id: 'req-7f3a' },
    { name: 'kim@example.com' },
    { name: 'lee' },
  ]);
  expect(JSON.stringify(world.message(/Addresses of INC-1/)?.blocks)).toContain('not opened');
  expect(seen).toEqual([]);
});

it('with the word evidence: in services.yml its hosts are opened, too, and the service is written down as it was at the beginning', async () => {
  const { host, seen } = await canary();
  const evidence = `    evidence: { probe_hosts: ['${host}'], commands: [{ title: uptime, argv: [/bin/echo, up 3 days password=hunter2] }] }\n    logs:`;
  const world = await openWorld({ services: replacing(['    logs:', evidence]) });
  await world.alertFires();
  await world.ada.says(`<http://${host}/a?b=c>`, world.channel().name);
  await world.pass(20_000);
  expect(seen).toEqual(['GET /a?b=c']);
  const { board, evidence: kept } = await world.incident();
  expect(board).toMatchObject([{ before: { kind: 'answered', status: 418 } }]);
  const snapshot = kept.find(({ kind }) => kind === 'snapshot');
  expect(snapshot).toMatchObject({
    facts: expect.arrayContaining([
      { name: 'release', value: 'v2.14.0' },
      { name: 'environment', value: 'production' },
      { name: 'tag', value: 'v2.14.0' },
    ]),
  });
  expect(JSON.stringify(snapshot)).toMatch(/up 3 days password=\[REDACTED/);
  expect(await world.program.port.postmortem('INC-1')).toContain('The service at the beginning: release v2.14.0');
  // It is no news in the channel.
  expect(world.message(/snapshot of the service/)).toBeUndefined();
});
