// The least that starts a deploy: octokit and one request. `off`: its plugins are switched off; `default`: as it comes.
import { Octokit } from 'octokit';

const [baseUrl, auth, how, rounds] = process.argv.slice(2);
const off = { throttle: { enabled: false }, retry: { enabled: false } };
const octokit = new Octokit({ baseUrl, auth, ...(how === 'off' && off), log: { debug() {}, info() {}, warn() {}, error() {} } });
const shop = (number) => ({ owner: 'acme', repo: `shop-${number}` });
const dispatch = (number) =>
  octokit.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
    ...shop(number),
    workflow_id: 'deploy.yml',
    ref: 'main',
    inputs: { tag: 'v2.13.2', tagback_id: `floor-${how}` },
  });
const warm = (count) => Promise.all(Array.from({ length: count }, (_, n) => octokit.request('GET /repos/{owner}/{repo}', shop(n + 1))));
const timed = async (work) => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

await warm(1);
const single = [];
for (let round = 1; round <= Number(rounds); round++) single.push(await timed(() => dispatch(round)));
await warm(10);
const ten = await timed(() => Promise.all(Array.from({ length: 10 }, (_, n) => dispatch(n + 1))));
console.log(`measured ${JSON.stringify({ single, ten })} .`);
