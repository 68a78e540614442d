import { expect, it, test } from 'vitest';
import { loadCatalog } from '../../src/playbook/services.ts';

const load = (evidence: string) =>
  loadCatalog(`services:\n  shop:\n    evidence: ${evidence}\n`, 'services.yml', { playbooks: [], strategies: [], logBackends: [] });

test('hosts are read as a browser would write them, commands word by word; without the word there is nothing', () => {
  const read = load('{ probe_hosts: [Learn.example.com, "shop.internal:8080", "[fd00::1]:81"], commands: [{ title: Flags, argv: [/bin/flags, list] }] }');
  expect(read.ok && read.catalog.services[0]?.evidence).toEqual({
    hosts: ['learn.example.com', 'shop.internal:8080', '[fd00::1]:81'],
    commands: [{ title: 'Flags', argv: ['/bin/flags', 'list'], env: [] }],
  });
  const none = loadCatalog('services:\n  shop: {}\n', 'services.yml', { playbooks: [], strategies: [], logBackends: [] });
  expect(none.ok && none.catalog.services[0]?.evidence).toBeUndefined();
});

it.each([
  ['{ probe_hosts: ["https://shop.example.com"] }', /probe_hosts/],
  ['{ probe_hosts: ["shop.example.com/path"] }', /expected a host/],
  ['{ probe_hosts: ["*.example.com"] }', /expected a host/],
  ['{ probe_hosts: ["shop.example.com:443"] }', /usual port/],
  ['{ probe_hosts: ["user@shop.example.com"] }', /expected a host/],
  ['{ probe_hosts: ["169.254.169.254"] }', /metadata/],
  ['{ probe_hosts: ["2852039166"] }', /expected a host/],
  ['{ commands: [{ title: x, argv: [flags] }] }', /absolute path/],
  ['{ commands: [{ title: x, argv: "/bin/sh -c ls" }] }', /argv/],
  ['{ hosts: [] }', /probe_hosts/],
])('%s is refused, with its place', (evidence, says) => {
  const read = load(evidence);
  expect(read.ok).toBe(false);
  expect(JSON.stringify(read)).toMatch(says);
});
