import { describe, expect, test } from 'vitest';
import { codeOf, fenced, filesUnder, importsOf } from './tree.ts';

const files = filesUnder('src', '.ts');
const imports = files.flatMap(importsOf);
const own = imports.filter(({ to }) => to.startsWith('src/'));
const foreign = imports.filter(({ to }) => !to.startsWith('src/'));

/** The rooms inside slack/ are told apart by file name; everything else is a folder or a file of src. */
function roomOf(path: string): string {
  const [room = '', file = ''] = path.replace(/^src\//, '').split('/');
  if (room === 'slack') return /^talk/.test(file) ? 'slack/talk' : /^(listen|door)/.test(file) ? 'slack/listen' : 'slack/view';
  return /^wire-\w+\.ts$/.test(room) ? 'wire' : room === 'settings.ts' ? 'config' : room.replace(/\.ts$/, '');
}

/** docs/architecture.md: `room → rooms it may import`, `type:` for types alone, `*` for all but sandbox and the commands. */
const TABLE = new Map(
  fenced('docs/architecture.md', 'imports').map((line) => {
    const [room = '', allowed = ''] = line.split('→').map((part) => part.trim());
    return [room, new Set(allowed.split(/\s+/))];
  }),
);
const NOT_IN_ALL = new Set(['sandbox', 'main', 'cli', 'demo', 'doctor', 'export', 'playbook-commands']);

describe('who may import whom', () => {
  test('the table in docs/architecture.md names every room of src, and no other', () => {
    expect([...TABLE.keys()].sort()).toEqual([...new Set(files.map(roomOf))].sort());
  });

  test('no room imports what the table does not allow', () => {
    const offenders = own.filter(({ from, to, isType }) => {
      const [here, there] = [roomOf(from), roomOf(to)];
      const allowed = TABLE.get(here) ?? new Set();
      if (here === there || allowed.has(there) || (isType && allowed.has(`type:${there}`))) return false;
      return !(allowed.has('*') && !NOT_IN_ALL.has(there));
    });
    expect(offenders.map(({ from, to, isType }) => `${from} → ${to}${isType ? ' (type)' : ''}`)).toEqual([]);
  });

  test('the table allows nothing that nobody needs', () => {
    const used = new Set(own.flatMap(({ from, to, isType }) => [`${roomOf(from)} ${roomOf(to)}`, ...(isType ? [`${roomOf(from)} type:${roomOf(to)}`] : [])]));
    const idle = [...TABLE].flatMap(([room, allowed]) => [...allowed].filter((name) => name !== '*' && name !== '' && !used.has(`${room} ${name}`)));
    expect(idle).toEqual([]);
  });

  test('every import of our own names a file that is there, with its ending', () => {
    expect(own.filter(({ to }) => !files.includes(to)).map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('a plug never imports another plug', () => {
    const plugs = new Set(
      ['sources', 'steps', 'rollbacks', 'logs', 'migrations']
        .flatMap((room) => importsOf(`src/${room}/index.ts`).filter((one) => !one.isType))
        .map(({ to }) => to),
    );
    expect(plugs.size).toBeGreaterThan(10);
    expect(own.filter(({ from, to }) => plugs.has(from) && plugs.has(to)).map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });
});

describe('core is pure', () => {
  const core = files.filter((path) => path.startsWith('src/core/'));

  test('it imports nothing from outside itself, not even for types', () => {
    expect(core.flatMap(importsOf).filter(({ to }) => !to.startsWith('src/core/'))).toEqual([]);
  });

  test.each(core)('%s knows no clock, no chance, no process and no network', (path) => {
    expect(
      codeOf(path).match(/\bDate\b|Math\.random|\bprocess\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(|\bcrypto\b|\bconsole\b/g),
    ).toBeNull();
  });
});

describe('one place for each thing that must not spread', () => {
  /** One file per kind of action; the list and the type of them write nothing. */
  const deeds = files.filter((path) => path.startsWith('src/github/deeds/') && !/\/(?:index|deed)\.ts$/.test(path));
  /** Name → the files that may hold it. */
  const places: readonly (readonly [string, RegExp, readonly string[]])[] = [
    ['process.env', /\bprocess\.env\b/, ['src/config.ts']],
    ['process.exit', /\bprocess\.exit\(/, ['src/main.ts']],
    ['writes to GitHub', /\bgithub\s*\.write\(|\bwrite\(\{[^}]*route:/, deeds],
    ['console', /\bconsole\./, []],
    ['timers without a clock', /\bDate\.now\(/, ['src/lib/clock.ts']],
  ];
  test.each(places)('%s', (_, pattern, allowed) => {
    const found = files.filter((path) => !path.startsWith('src/sandbox/') && pattern.test(codeOf(path)));
    expect(found.filter((path) => !allowed.includes(path))).toEqual([]);
    for (const path of allowed) expect(found).toContain(path);
  });

  /** So that a library can leave: package → where it is wrapped. zod stands where outside data come in and is left out. */
  const wrapped: Readonly<Record<string, readonly string[]>> = {
    '@dagrejs/dagre': ['src/playbook/layout.ts'],
    '@marcbachmann/cel-js': ['src/playbook/condition.ts'],
    '@resvg/resvg-js': ['src/chart/png-thread.ts', 'src/sandbox/demo/screenshot.ts'],
    '@slack/bolt': ['src/slack/door-http.ts', 'src/slack/door-socket.ts', 'src/slack/listen.ts'],
    '@slack/web-api': ['src/slack/talk-failure.ts', 'src/slack/talk-lane.ts', 'src/slack/talk.ts'],
    commander: ['src/cli.ts'],
    'node-cron': ['src/engine/clock.ts'],
    'node:sqlite': ['src/migrations/sqlite-process.ts', 'src/store/sqlite-file.ts'],
    octokit: ['src/github/credentials.ts', 'src/github/octokits.ts'],
    pino: ['src/lib/log.ts'],
    'prom-client': ['src/http/metrics.ts'],
    undici: ['src/health/fetch.ts', 'src/slack/talk-fetch.ts'],
    yaml: ['src/github/workflow.ts', 'src/playbook/yaml-values.ts', 'src/playbook/yaml.ts'],
  };
  test.each(Object.entries(wrapped))('%s is imported where it is wrapped, and nowhere else', (name, places) => {
    const users = [...new Set(foreign.filter(({ to }) => to === name).map(({ from }) => from))];
    expect(users.filter((path) => !places.includes(path))).toEqual([]);
    expect(users.length).toBeGreaterThan(0);
  });

  test('no other package is used', () => {
    const others = foreign.filter(({ to }) => !(to in wrapped) && to !== 'zod' && to !== '@slack/types' && !to.startsWith('node:'));
    expect(others.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });
});
