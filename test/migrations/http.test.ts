import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { MigrationRun } from '../../src/core/rollback-facts.ts';
import { http } from '../../src/migrations/http.ts';
import { readMigrationRuns } from '../../src/migrations/read.ts';
import { REST_OF_POLICY, REST_OF_RULES } from '../rests.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** A shop that answers with what it is given and remembers what it was asked. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const listening = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/migrations`, asked }; // a TCP server has an AddressInfo
}
const body =
  (text: string, status = 200) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end(text);
const json = (value: unknown, status?: number) => body(JSON.stringify(value), status);

const FILES = ['db/migrate/20261117093000_add_total.rb', 'db/migrate/20261118093000_add_tax.rb'];
const APPLIED = ['20261001000000', '20261117093000'];
function ask(options: object, secrets: Readonly<Record<string, string>> = {}, signal = AbortSignal.timeout(5_000)): Promise<readonly MigrationRun[]> {
  const rollback = {
    ...REST_OF_RULES,
    strategies: [],
    approve: { require: 1, from: [], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY },
    tagPrefix: '',
    migrations: [],
    migrationsRun: { use: 'http', options: { ...options } },
  };
  return readMigrationRuns({ rollback }, FILES, { secrets: (name) => secrets[name], signal });
}
const states = (runs: readonly MigrationRun[]): readonly string[] => runs.map(({ state }) => state);
/** Everything is unknown, for one reason. */
function reason(runs: readonly MigrationRun[]): string {
  expect(runs.map(({ file, state }) => `${file} ${state}`)).toEqual(FILES.map((file) => `${file} unknown`));
  const [one, ...others] = new Set(runs.map(({ because }) => because));
  expect(others).toEqual([]);
  return one ?? '';
}

describe('an address that lists the applied migrations', () => {
  it('as JSON: the answer itself, a list inside it, or a key of each entry', async () => {
    const answers = [
      [{}, APPLIED],
      [{}, APPLIED.map(Number)],
      [{ list: 'data.applied' }, { data: { applied: APPLIED } }],
      [{ list: 'rows', item: 'migration.id' }, { rows: APPLIED.map((id) => ({ migration: { id }, at: 1 })) }],
    ] as const;
    for (const [options, answer] of answers) {
      const { url } = await serve(json(answer));
      expect(states(await ask({ url, ...options }))).toEqual(['run', 'not-run']);
      server?.close();
    }
  });

  it('as lines of text', async () => {
    const { url, asked } = await serve(body(`${APPLIED.join('\r\n')}\n\n`));
    expect(await ask({ url, format: 'lines' })).toEqual([
      { file: FILES[0], state: 'run', because: `${new URL(url).host} has 20261117093000` },
      { file: FILES[1], state: 'not-run', because: `${new URL(url).host} lists 2 migrations and not 20261118093000_add_tax` },
    ]);
    expect(asked[0]?.method).toBe('GET');
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  it('is shown a token from the environment, which goes nowhere else', async () => {
    const elsewhere = createServer((_, response) => void response.end('[]'));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
    let moved = 0;
    elsewhere.on('request', () => (moved += 1));
    const { url, asked } = await serve((request, response) =>
      request.url === '/moved' ? void response.writeHead(302, { location: other }).end() : json(APPLIED)(request, response),
    );
    expect(states(await ask({ url, token_env: 'SHOP_TOKEN' }, { SHOP_TOKEN: 'abc123 ' }))).toEqual(['run', 'not-run']);
    expect(asked[0]?.headers.authorization).toBe('Bearer abc123');
    expect(reason(await ask({ url: new URL('/moved', url).href, token_env: 'SHOP_TOKEN' }, { SHOP_TOKEN: 'abc123' }))).toContain(
      'which configuration does not name',
    );
    expect(moved).toBe(0);
    elsewhere.close();
  });

  it('is not asked at all without the token it needs', async () => {
    const { url, asked } = await serve(json(APPLIED));
    expect(reason(await ask({ url, token_env: 'SHOP_TOKEN' }))).toBe(
      'the environment variable SHOP_TOKEN holds no token; set it for the bot; nothing was asked',
    );
    const broken = reason(await ask({ url, token_env: 'SHOP_TOKEN' }, { SHOP_TOKEN: 'hunter2\r\nx: y' }));
    expect(broken).toContain('holds no token');
    expect(broken).not.toContain('hunter2');
    expect(asked).toEqual([]);
  });
});

describe('an answer that cannot be used makes every migration unknown, with the reason', () => {
  const bad: readonly (readonly [what: string, answer: Parameters<typeof serve>[0], options: object, says: RegExp])[] = [
    ['a login page taken for lines', body('<html>\n<body>Please sign in</body>\n</html>'), { format: 'lines' }, /no name of a migration \(entry 1 of 3\)/],
    ['a login page instead of JSON', body('<html></html>'), {}, /does not answer with a list/],
    ['half a document', body('["2026111709'), {}, /does not answer with a list/],
    ['no list where it should be', json({ data: APPLIED }), { list: 'applied' }, /does not answer with a list at applied/],
    ['mappings where names should be', json([{ version: '1' }]), {}, /no name of a migration \(entry 1 of 1\)/],
    ['one entry without the key', json([{ id: '20261117093000' }, {}]), { item: 'id' }, /no name of a migration \(entry 2 of 2\)/],
    ['too many of them', json(Array.from({ length: 20_001 }, (_, index) => index)), {}, /lists more than 20000 migrations/],
    ['more than can be read', body(`["${'x'.repeat(4 * 1024 * 1024)}"]`), {}, /answered with more than 4 MiB/],
    ['500', json(APPLIED, 500), {}, /answered HTTP 500; open the address/],
    ['401', json([], 401), {}, /refuses us \(HTTP 401\); set token_env/],
    ['a cut line', (_, response) => void response.socket?.destroy(), {}, /gave no answer/],
  ];
  it.each(bad)('%s', async (_, answer, options, says) => {
    const { url } = await serve(answer);
    expect(reason(await ask({ url, ...options }))).toMatch(says);
  });

  it('nobody is there', async () => {
    const { url } = await serve(json([]));
    server?.close();
    expect(reason(await ask({ url }))).toMatch(/^127\.0\.0\.1:\d+ gave no answer \(ECONNREFUSED\)/);
  });

  it('whoever asks stops waiting', async () => {
    const { url } = await serve(() => undefined);
    expect(reason(await ask({ url }, {}, AbortSignal.timeout(50)))).toBe('the question was cancelled before it was answered');
  });
});

it('addresses that hand out credentials are refused when services.yml is read', () => {
  expect(http.options.safeParse({ url: 'http://169.254.169.254/latest' }).success).toBe(false);
  expect(http.options.safeParse({ url: 'https://bob:hunter2@shop.example/' }).success).toBe(false);
  expect(http.options.safeParse({ url: 'http://shop.internal:8080/migrations', token_env: 'lower' }).success).toBe(false);
  expect(http.options.safeParse({ url: 'http://shop.internal:8080/migrations', token_env: 'SHOP_TOKEN' }).success).toBe(true);
});
