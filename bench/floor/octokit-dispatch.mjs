// The least that starts a deploy: octokit and one request. `off`: its plugins are switched off; `default`: as it comes. Told where, and how many at once.
import { Octokit } from 'octokit';

const [baseUrl, auth, how] = process.argv.slice(2);
const off = { throttle: { enabled: false }, retry: { enabled: false } };
const octokit = new Octokit({ baseUrl, auth, ...(how === 'off' && off), log: { debug() {}, info() {}, warn() {}, error() {} } });
const each = ({ first, count }, send) => Promise.all(Array.from({ length: count }, (_, n) => send({ owner: 'acme', repo: `shop-${first + n}` })));
const read = (repo) => octokit.request('GET /repos/{owner}/{repo}', repo);
const dispatch = (repo) =>
  octokit.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
    ...repo,
    workflow_id: 'deploy.yml',
    ref: 'main',
    inputs: { tag: 'v2.13.2', tagback_id: `floor-${how}` },
  });

process.on('message', async (ask) => {
  await each(ask, read); // so that as many connections are there as are needed
  const startedAt = performance.now();
  await each(ask, dispatch);
  process.send(performance.now() - startedAt);
});
process.on('disconnect', () => process.exit());
console.log('listening');
