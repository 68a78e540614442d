import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replacing } from '../flows/services.ts';
import { collects } from '../flows/story.ts';
import { openWorld, type World } from '../flows/world.ts';

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`sixty secrets, seed ${SEED} (FUZZ_SEED=${SEED} repeats it)`);
let state = SEED;
const below = (limit: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};
const of = (alphabet: string, length: number): string => Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
const LETTERS = 'abcdefghijkmnopqrstuvwxyz';
const ALNUM = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const HEX = '0123456789abcdef';
const B32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Twelve families, five of each: the secret, and the line of a log it stands in. Put together here, so that no scanner takes this file for a leak. */
const FAMILIES: readonly (readonly [string, () => string, (secret: string) => string])[] = [
  ['github', () => `gh${'pousr'[below(5)]}_${of(ALNUM, 36)}`, (s) => `Error: push with ${s} was refused`],
  ['slack', () => ['xoxb', of('0123456789', 12), of(ALNUM, 24)].join('-'), (s) => `SlackError: ${s} invalid_auth`],
  ['aws', () => `AKIA${of(B32, 16)}`, (s) => `AccessDenied: ${s} may not s3:PutObject`],
  ['gcp', () => `AIza${of(ALNUM, 35)}`, (s) => `GoogleError: key ${s} is not enabled`],
  ['stripe', () => ['sk', 'live', of(ALNUM, 24)].join('_'), (s) => `StripeAuthenticationError: ${s} is revoked`],
  ['npm', () => `npm_${of(ALNUM, 36)}`, (s) => `npm error: E401 with ${s}`],
  ['pypi', () => `pypi-AgEI${of(ALNUM, 60)}`, (s) => `HTTPError: 403 for ${s}`],
  ['jwt', () => `eyJ${of(ALNUM, 20)}.eyJ${of(ALNUM, 40)}.${of(ALNUM, 43)}`, (s) => `JsonWebTokenError: ${s} malformed`],
  ['pem', () => of(`${ALNUM}+/`, 64), (s) => `Error: cannot read -----BEGIN PRIVATE KEY-----\\n${s}\\n-----END PRIVATE KEY-----`],
  ['pair', () => of(ALNUM, 14), (s) => `Error: login failed with DB_PASSWORD=${s} for shop`],
  ['url', () => of(ALNUM, 12), (s) => `Error: cannot reach postgres://shop:${s}@db.internal:5432/shop`],
  ['random', () => `${of(LETTERS, 12)}${of(HEX, 10)}${of(LETTERS.toUpperCase(), 12)}${of('0123456789', 8)}`, (s) => `Error: unexpected value ${s} in header`],
];
const SECRETS = FAMILIES.flatMap(([family, make, line]) => Array.from({ length: 5 }, (_, index) => ({ family: `${family} ${index}`, secret: make(), line })));

/** In messages, in stacks, in fields, in plain lines: the ways they really get into logs. */
function writeLog(world: World): void {
  const folder = join(world.stage.dir, 'logs');
  mkdirSync(folder);
  const lines = SECRETS.map(({ secret, line }, index) => {
    const time = new Date(world.clock.now() + index).toISOString();
    const text = line(secret);
    if (index % 3 === 0) return `${time} ERROR ${text}`;
    const stack = `${text}\n    at f${index} (/srv/app/f${index}.ts:${index + 1}:1)`;
    return JSON.stringify(
      index % 3 === 1 ? { time, level: 'error', msg: text, stack } : { time, level: 50, msg: 'failed', err: { message: text, stack }, more: text },
    );
  });
  writeFileSync(join(folder, 'app.log'), `${lines.join('\n')}\n`);
}

it('of sixty secrets planted in a log, none is in Slack, in a file, at GitHub, in our log, in the database or in the postmortem', async () => {
  const world = await openWorld({ services: replacing([/- \{ use: loki,.*\}/, '- { use: file, folder: LOGS, file: app.log }']) });
  const { dir } = world.stage;
  const services = join(dir, 'playbooks', 'services.yml');
  writeFileSync(services, readFileSync(services, 'utf8').replace('LOGS', join(dir, 'logs')));
  expect(world.program.reload()).toEqual([]);
  writeLog(world);
  await world.alertFires();
  await world.pass(5_000);
  await world.ada.presses(/^Take the lead$/);
  await collects(world);
  await world.until('the logs', async () => (await world.incident()).steps['check-logs']?.state === 'done');
  expect((await world.incident()).steps['check-logs']?.data.total).toBeGreaterThan(50);
  const places = {
    slack: JSON.stringify(world.stage.slack.requests.map(({ args }) => args)),
    files: [...world.stage.slack.world.bytes.values()].map((bytes) => bytes.toString('latin1')).join('\n'),
    github: JSON.stringify(world.stage.github.requests),
    logged: world.logged(),
    postmortem: (await world.program.port.postmortem('INC-1')) ?? '',
  };
  await world.stop();
  const database = readdirSync(dir)
    .filter((file) => file.startsWith('tagback.db'))
    .map((file) => readFileSync(join(dir, file)).toString('latin1'))
    .join('\n');
  // A part of it is as bad as the whole; what says of what kind it is, in front, may stay.
  const leaks = SECRETS.flatMap(({ family, secret }) =>
    Object.entries({ ...places, database }).flatMap(([place, text]) => (text.includes(secret.slice(-10)) ? [`${family} in ${place}`] : [])),
  );
  expect(leaks).toEqual([]);
  expect(database).toContain('REDACTED');
});
