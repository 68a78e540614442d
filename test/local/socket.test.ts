/** The door itself: who may open it, what it takes, and what it leaves alone. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../src/lib/log.ts';
import { type Place, placeOf } from '../../src/local/place.ts';
import { type Answer, type Request, refuse } from '../../src/local/protocol.ts';
import { createLocalDoor, type LocalDoorParts } from '../../src/local/socket.ts';
import { knock, tell } from '../../src/local/talk.ts';

const FINE: Answer = { ok: true, text: 'fine', shown: [] };
const STATUS = { kind: 'status' } as const;

function folder(under = tmpdir()): string {
  const dir = mkdtempSync(join(under, 'tagback-local-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function placeIn(dir: string): Place {
  const place = placeOf(join(dir, 'tagback.db'));
  if (!place) throw new Error('a file has a place');
  return place;
}

async function open(place: Place | undefined, parts: Partial<LocalDoorParts> = {}) {
  const log: string[] = [];
  const requests: Request[] = [];
  const answer = async (request: Request) => {
    requests.push(request);
    return FINE;
  };
  const door = createLocalDoor({ place, log: createLog({ level: 'info', destination: { write: (line) => void log.push(line) } }), answer, ...parts });
  onTestFinished(() => door.close());
  await door.listen();
  return { door, requests, logged: () => log.join('') };
}

/** Sends bytes as they are; what came back until the line was closed. */
function send(place: Place, ...chunks: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(place.path);
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.once('error', reject).once('close', () => resolve(said));
    for (const chunk of chunks) socket.write(chunk);
  });
}

const request = (over: object = {}): string => `${JSON.stringify({ v: 1, token: 't', ask: STATUS, ...over })}\n`;

test('a request in one line gets one answer, however its bytes arrive; then the line is closed', async () => {
  const place = placeIn(folder());
  const { requests } = await open(place);
  expect(await tell(place, 'my token', STATUS)).toEqual({ kind: 'answer', answer: FINE });
  const bytes = Buffer.from(request({ token: 'ü' }));
  const halves = bytes.indexOf(0xc3) + 1; // within the letter
  expect(JSON.parse(await send(place, bytes.subarray(0, halves), bytes.subarray(halves)))).toEqual(FINE);
  expect(requests.map(({ token }) => token)).toEqual(['my token', 'ü']);
});

test('the file is beside the database, for its owner alone, and goes with the program', async () => {
  const dir = folder();
  chmodSync(dir, 0o755);
  const place = placeIn(dir);
  const { door } = await open(place);
  expect(place.path).toBe(join(dir, 'tagback.sock'));
  expect(statSync(place.path).mode & 0o777).toBe(0o600);
  await door.close();
  expect(existsSync(place.path)).toBe(false);
});

test.each<[string, readonly (string | Buffer)[], RegExp]>([
  ['no JSON', ['hello\n'], /E_JSON_SYNTAX/],
  ['no UTF-8', [Buffer.from([0x22, 0xff, 0x22, 0x0a])], /E_JSON_SYNTAX/],
  ['more than 64 KiB', ['x'.repeat(65_537)], /E_TOO_LARGE/],
  ['more than 64 KiB in a whole line', [request({ token: 'x'.repeat(70_000) })], /E_TOO_LARGE/],
  ['another version', [request({ v: 2 })], /another version/],
  ['something beside the request', [request({ more: 1 })], /E_ARGS/],
  ['a command that is none of a rollback', [request({ ask: { kind: 'command', incident: 'INC-1', command: { kind: 'resolve', summary: '' } } })], /E_ARGS/],
  ['the wish of a command', [request({ ask: { kind: 'command', incident: 'INC-1', command: { kind: 'requestRollback', tag: 'v1' } } })], /E_ARGS/],
  ['an incident that cannot be one', [request({ ask: { kind: 'status', incident: '__proto__' } })], /INC-42/],
  ['a rollback that cannot be one', [request({ ask: { kind: 'status', incident: 'INC-1', rollback: 'constructor' } })], /rb1/],
  ['a reason of a page', [request({ ask: { kind: 'request', service: 's', tag: 't', reason: 'x'.repeat(501), dry: false } })], /E_ARGS/],
])('%s is refused, and nobody is asked', async (_, chunks, says) => {
  const place = placeIn(folder());
  const { requests } = await open(place);
  const said = await send(place, ...chunks);
  expect(said).toMatch(says);
  expect(said).toMatch(/nothing was done/);
  expect(requests).toEqual([]);
});

test('who says nothing is hung up on, and who sends a second request on the same line is not heard twice', async () => {
  const place = placeIn(folder());
  const { requests } = await open(place, { limits: { requestMs: 30 } });
  expect(await send(place)).toBe('');
  expect(await send(place, '{"v":1')).toBe('');
  await send(place, request() + request());
  expect(requests).toHaveLength(1);
});

test('more lines at once than it keeps are closed; the others are served', async () => {
  const place = placeIn(folder());
  await open(place, { limits: { connections: 2 } });
  const idle: Socket[] = [];
  onTestFinished(() => void idle.map((socket) => socket.destroy()));
  for (let n = 0; n < 2; n++) await new Promise<void>((resolve) => idle.push(connect(place.path, resolve)));
  expect((await tell(place, 't', STATUS)).kind).toBe('lost');
  idle.pop()?.destroy();
  await expect.poll(async () => (await tell(place, 't', STATUS)).kind).toBe('answer');
});

test('what a killed process left behind is taken away; whoever still answers is not', async () => {
  const dir = folder();
  const place = placeIn(dir);
  await leaveStale(place.path);
  expect(await knock(place)).toMatchObject({ kind: 'down' });
  await open(place);
  expect(await tell(place, 't', STATUS)).toMatchObject({ kind: 'answer' });

  const second = await open(place, { answer: async () => refuse('E_INTERNAL', 'the second') });
  expect(second.logged()).toMatch(/another process answers/);
  expect(await tell(place, 't', STATUS)).toEqual({ kind: 'answer', answer: FINE });
  await second.door.close();
  expect(await tell(place, 't', STATUS)).toEqual({ kind: 'answer', answer: FINE });
});

/** A process that died without closing leaves its socket's file. */
async function leaveStale(path: string): Promise<void> {
  const { spawnSync } = await import('node:child_process');
  spawnSync(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`]);
  expect(existsSync(path)).toBe(true);
}

test('a file that is no socket stays as it is, and the program starts all the same', async () => {
  const place = placeIn(folder());
  writeFileSync(place.path, 'precious');
  const { logged } = await open(place);
  expect(logged()).toMatch(/no socket for terminals/);
  expect(statSync(place.path).size).toBe(8);
  expect(await tell(place, 't', STATUS)).toMatchObject({ kind: 'barred' });
});

test('a path too long for a socket leads to a folder of our own that nobody else may enter', async () => {
  const dir = join(folder(), 'd'.repeat(120));
  mkdirSync(dir);
  const place = placeIn(dir);
  onTestFinished(() => rmSync(dirname(place.path), { recursive: true, force: true }));
  expect(place.isAway).toBe(true);
  expect(Buffer.byteLength(place.path)).toBeLessThanOrEqual(103);
  const { door, logged } = await open(place);
  expect(logged()).toMatch(/too long for a socket/);
  expect(statSync(dirname(place.path)).mode & 0o777).toBe(0o700);
  expect(await tell(place, 't', STATUS)).toMatchObject({ kind: 'answer' });
  await door.close();

  // Somebody was there first and left the door open.
  chmodSync(dirname(place.path), 0o777);
  expect((await open(place)).logged()).toMatch(/open to others/);
  const server = createServer().listen(place.path);
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await tell(place, 't', STATUS)).toMatchObject({ kind: 'barred' });
});

test('no program, no folder, a database in memory: each is said as what it is', async () => {
  expect(await tell(placeIn(folder()), 't', STATUS)).toMatchObject({ kind: 'down', because: expect.stringMatching(/there is no/) });
  expect(await knock(placeIn('/nonexistent/folder'))).toMatchObject({ kind: 'down' });
  expect(placeOf(':memory:')).toBeUndefined();
  expect((await open(undefined)).logged()).toMatch(/do not reach this program/);
});

test('an answer that breaks off, is no answer or never ends is a lost one: it may have been done', async () => {
  for (const says of ['{"ok":true', '{"ok":1}\n', 'x'.repeat(1_100_000)]) {
    const place = placeIn(folder());
    const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(says))).listen(place.path);
    await new Promise((resolve) => server.once('listening', resolve));
    expect((await tell(place, 't', STATUS)).kind).toBe('lost');
    server.close();
  }
});
