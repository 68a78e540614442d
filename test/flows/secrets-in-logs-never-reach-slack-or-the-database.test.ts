import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import { replacing } from './services.ts';
import { collects } from './story.ts';
import { openWorld, type World } from './world.ts';

// None of these was ever valid. The last part of each is what is looked for afterwards.
const CANARIES: Readonly<Record<string, string>> = {
  github: 'ghp_CANARYgithub0000000000000000000001',
  slack: ['xoxb', '17653', 'CANARYslack0000000002'].join('-'),
  aws: 'AKIACANARYAWS0000003',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUllqd3QwMDAwIn0.CANARYjwt00000000000000000000004',
  stripe: ['sk', 'live', 'CANARYstripe00000000000005'].join('_'),
  bearer: 'CANARYbearer.0000-0000.0006~a1b2c3',
  password: 'CANARYpassword!0007',
  url: 'CANARYurl0008',
  cookie: 'CANARYcookie0009a1b2',
  pem: 'CANARYpemMIIEvQIBADANBgkqhkiG9w0BAQEFAASC0010',
};
const PEM = `-----BEGIN PRIVATE KEY-----\n${CANARIES.pem}\n-----END PRIVATE KEY-----`;
const SPOKEN = [
  `push refused for ${CANARIES.github}`,
  `slack said no to ${CANARIES.slack}`,
  `aws_access_key_id ${CANARIES.aws} is expired`,
  `verify failed: ${CANARIES.jwt}`,
  `stripe: ${CANARIES.stripe} is revoked`,
  `Authorization: Bearer ${CANARIES.bearer}`,
  `login failed with password=${CANARIES.password}`,
  `cannot reach postgres://shop:${CANARIES.url}@db.internal/shop`,
  `Cookie: session=${CANARIES.cookie}; theme=dark`,
];

/** The shop's own log file, in the ways secrets really get into logs: in messages, in stacks, in fields, over several lines. */
function writeLog(world: World): void {
  const folder = join(world.stage.dir, 'logs');
  mkdirSync(folder);
  const at = (index: number): string => new Date(world.clock.now() + index).toISOString();
  const lines = SPOKEN.map((text, index) =>
    JSON.stringify({ time: at(index), level: 'error', msg: `Error: ${text}`, stack: `Error: ${text}\n    at a (b.ts:1:1)`, more: text }),
  );
  const plain = SPOKEN.map((text, index) => `${at(20 + index)} ERROR ${text}`);
  writeFileSync(join(folder, 'app.log'), [...lines, ...plain, `${at(50)} ERROR key was ${PEM}`, ''].join('\n'));
}

it('secrets planted in logs, alerts and notes are in no message, no file, no database and no log of ours', async () => {
  const world = await openWorld({
    services: replacing([/- \{ use: loki,.*\}/, '- { use: file, folder: LOGS, file: app.log }']),
  });
  const { dir } = world.stage;
  const services = join(dir, 'playbooks', 'services.yml');
  writeFileSync(services, readFileSync(services, 'utf8').replace('LOGS', join(dir, 'logs')));
  expect(world.program.reload()).toEqual([]);
  writeLog(world);

  const spoken = SPOKEN.join(' / ');
  await world.alertFires({
    labels: { alertname: 'Leaky', reason: SPOKEN[6] ?? '', key: CANARIES.github ?? '' },
    annotations: { summary: spoken, description: spoken, runbook_url: `https://wiki.example.com/?access_token=${CANARIES.password}` },
  });
  await world.pass(5_000);
  const { name } = world.channel();
  await world.ada.presses(/^Take the lead$/);
  for (const text of SPOKEN) await world.ada.types(`/incident note ${text}`, name);
  await world.ada.types(`/incident update ${SPOKEN[0]}`, name);
  const ts = await world.lin.says('nothing secret here', name);
  await world.ada.reacts('pushpin', name, ts);
  await collects(world);
  await world.until('the logs', async () => (await world.incident()).steps['check-logs']?.state === 'done');
  expect((await world.incident()).steps['check-logs']?.data.total).toBeGreaterThan(5);
  await world.ada.types(`/rollback v2.13.2 --reason ${SPOKEN[6]}`, name);
  await world.grace.presses(/^Approve$/);
  await world.until('the verdict', () => world.message(/^(Recovered|Blind|No effect)/));
  await world.ada.types(`/incident resolve ${SPOKEN[4]}`, name);
  await world.pass(20_000);

  const slack =
    JSON.stringify(world.stage.slack.requests.map(({ args }) => args)) +
    world
      .channels()
      .flatMap(({ messages }) => messages.map(textOf))
      .join('\n');
  const files = [...world.stage.slack.world.bytes.values()].map((bytes) => bytes.toString('latin1')).join('\n');
  const github = JSON.stringify(world.stage.github.requests) + JSON.stringify(world.stage.github.effects);
  const logged = world.logged();
  const postmortem = await world.program.port.postmortem('INC-1');
  await world.stop();
  const database = readdirSync(dir)
    .filter((file) => file.startsWith('tagback.db'))
    .map((file) => readFileSync(join(dir, file)).toString('latin1'))
    .join('\n');
  expect(database).toContain('Leaky');
  const places = { slack, files, github, logged, postmortem, database };
  const found = Object.entries(places).flatMap(([place, text]) =>
    Object.entries(CANARIES).flatMap(([kind, canary]) => (text.includes(canary) ? [`${kind} in ${place}`] : [])),
  );
  expect(found).toEqual([]);
});
