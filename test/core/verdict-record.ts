/** Records test/fixtures/traces from a real Prometheus: counters are made up, everything the query language does to them is not. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { SCENARIOS, type Scenario } from './verdict-scenarios.ts';
import { generator, inBursts, poisson } from './verdict-traces.ts';

const SINCE_S = Date.UTC(2026, 10, 20, 3) / 1000;
const SCRAPE_S = 15;
const FOLDER = new URL('../fixtures/traces/', import.meta.url);

/** Counters of two processes, scraped; OpenMetrics wants all samples of one series together. */
function openMetrics({ name, fleet }: Scenario): string {
  const random = generator([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  const lines = new Map<string, string[]>();
  for (const index of [0, 1]) {
    let counts = { ok: 0, failed: 0 };
    let process = '';
    for (let at = fleet.from; at <= fleet.to; at += 1) {
      const now = fleet.at(at, index);
      if (now.process !== process) counts = { ok: 0, failed: 0 };
      process = now.process;
      const requests = poisson(now.traffic / 2, random);
      const failed = Math.min(requests, inBursts(requests * now.errors, 1.5, random));
      counts = { ok: counts.ok + requests - failed, failed: counts.failed + failed };
      if (at % SCRAPE_S !== 0 || now.isMissed) continue;
      const labels = `job="shop",instance="${process}-${index}"`;
      for (const [code, count] of [
        ['200', counts.ok],
        ['500', counts.failed],
      ] as const) {
        if (count === 0) continue;
        const series = `http_requests_total{${labels},code="${code}"}`;
        lines.set(series, [...(lines.get(series) ?? []), `${series} ${count} ${SINCE_S + at}`]);
      }
    }
  }
  return `# TYPE http_requests counter\n${[...lines.values()].flat().join('\n')}\n# EOF\n`;
}

async function record(scenario: Scenario): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tagback-trace-'));
  writeFileSync(join(dir, 'counters.txt'), openMetrics(scenario));
  writeFileSync(join(dir, 'prometheus.yml'), '');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(dir, 'counters.txt'), join(dir, 'data')], { stdio: 'ignore' });
  const port = await freePort();
  const flags = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`, '--storage.tsdb.retention.time=100y'];
  const server = spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    await ready(port);
    const [errors, traffic] = await Promise.all([range(port, scenario, scenario.query), range(port, scenario, scenario.traffic)]);
    const { name, about, fleet: _, ...rest } = scenario;
    const numbers = { errors, traffic };
    const text = JSON.stringify({ name, about, ...rest, ...numbers }, null, 1).replace(/\[\n\s+(-?\d+),\n\s+("?[^\n]+?"?)\n\s+\]/g, '[$1, $2]');
    writeFileSync(new URL(`${name}.json`, FOLDER), `${text}\n`);
    console.log(name, errors.length, traffic.length);
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
    rmSync(dir, { recursive: true, force: true });
  }
}

async function ready(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error('Prometheus did not become ready in 20 s');
}

async function range(port: number, { fleet, stepS }: Scenario, query: string): Promise<[number, string][]> {
  const body = new URLSearchParams({ query, start: String(SINCE_S + fleet.from), end: String(SINCE_S + fleet.to), step: String(stepS) });
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query_range`, { method: 'POST', body });
  const { data } = (await answer.json()) as { data: { result: { values: [number, string][] }[] } }; // Prometheus' own form
  return (data.result[0]?.values ?? []).map(([at, value]) => [at - SINCE_S, value]);
}

for (const scenario of SCENARIOS) await record(scenario);
