import { expect, onTestFinished, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/server.ts';
import { startAlerting } from '../../src/sandbox/shop/alerting.ts';
import { listen, readBody } from '../../src/sandbox/shop/loopback.ts';
import { startPrometheus } from '../../src/sandbox/shop/prometheus.ts';
import { startShop } from '../../src/sandbox/shop/shop.ts';
import { handClock } from './github-clock.ts';
import { DEPLOY, octokitFor } from './github-stage.ts';

test('the whole world: the bad release raises the alert, the dispatched deploy brings the old one back, and the alert is resolved', async () => {
  const clock = handClock();
  const shop = await startShop({ clock, release: 'v2.13.2' });
  const github = await startGitHub({ clock, onDeployed: (tag) => shop.deploy(tag) });
  const prometheus = await startPrometheus({ clock, shop });
  const heard: string[] = [];
  const listener = await listen(async (request, response) => {
    heard.push(JSON.parse(await readBody(request)).status);
    response.writeHead(202).end();
  });
  const alerting = startAlerting({ clock, prometheusUrl: prometheus.url, webhookUrl: listener.url, rule: { threshold: 0.05, forMs: 3_000, everyMs: 1_000 } });
  onTestFinished(async () => {
    alerting.close();
    await Promise.all([shop, github, prometheus, listener].map((one) => one.close()));
  });
  const until = async (isSo: () => boolean) => {
    for (let second = 0; second < 60 && !isSo(); second++) {
      clock.move(1_000);
      await alerting.settled();
    }
  };
  shop.deploy('v2.14.0');
  await until(() => heard.includes('firing'));
  await octokitFor(github, 'ghp_sandbox').rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main', inputs: { tag: 'v2.13.2' } });
  await until(() => heard.includes('resolved'));
  expect(heard).toEqual(['firing', 'resolved']);
  expect([shop.release(), github.deployedTag()]).toEqual(['v2.13.2', 'v2.13.2']);
  expect(await (await fetch(`${shop.url}/version`)).json()).toMatchObject({ tag: 'v2.13.2', sha: github.runs()[0]?.tagSha });
});
