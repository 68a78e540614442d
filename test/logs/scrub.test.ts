import { describe, expect, it } from 'vitest';
import { lineScrubber, scrub } from '../../src/lib/scrub.ts';

/** A number generator of our own, so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`scrub seed ${SEED} (FUZZ_SEED=${SEED} repeats it)`);
const random = randomFrom(SEED);
const pick = <T>(from: ArrayLike<T>): T => from[random(from.length)] as T; // an index below the length
const word = (alphabet: string, length: number): string => Array.from({ length }, () => pick(alphabet)).join('');
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ALNUM = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const HEX = '0123456789abcdef';
const BASE64 = `${ALNUM}+/`;

// Put together at run time: nothing in this file looks like a credential to a scanner.
const jwt = (): string => `eyJ${word(ALNUM, 30)}.eyJ${word(ALNUM, 60)}.${word(`${ALNUM}-_`, 43)}`;
const pem = (kind: string): string => [`-----BEGIN ${kind}-----`, word(BASE64, 64), word(BASE64, 64), `-----END ${kind}-----`].join('\n');

/** What must not be seen afterwards, and the line it stands in. */
const CANARIES: readonly (readonly [what: string, secret: () => string, line: (secret: string) => string])[] = [
  ['GitHub token', () => `ghp_${word(ALNUM, 36)}`, (s) => `push failed with ${s} for origin`],
  ['GitHub OAuth token', () => `gho_${word(ALNUM, 36)}`, (s) => `{"auth":"${s}"}`],
  ['GitHub app token', () => `ghs_${word(ALNUM, 36)}`, (s) => `using ${s}.`],
  ['GitHub user token', () => `ghu_${word(ALNUM, 36)}`, (s) => `(${s})`],
  ['GitHub refresh token', () => `ghr_${word(ALNUM, 60)}`, (s) => s],
  ['GitHub fine-grained token', () => `github_pat_${word(`${ALNUM}_`, 82)}`, (s) => `token is ${s}`],
  ['Slack bot token', () => `xoxb-${word('0123456789', 12)}-${word('0123456789', 13)}-${word(ALNUM, 24)}`, (s) => `slack: ${s} invalid_auth`],
  ['Slack user token', () => `xoxp-${word('0123456789', 12)}-${word(ALNUM, 24)}`, (s) => `"${s}"`],
  ['Slack app token', () => `xapp-1-A${word(ALNUM, 10)}-${word(HEX, 64)}`, (s) => `connecting with ${s}`],
  ['Slack rotated token', () => `xoxe.xoxb-1-${word(ALNUM, 60)}`, (s) => `rotated to ${s}`],
  ['Slack webhook', () => `T${word(ALNUM, 8)}/B${word(ALNUM, 8)}/${word(ALNUM, 24)}`, (s) => `POST https://hooks.slack.com/services/${s} 404`],
  ['AWS key id', () => `AKIA${word('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`, (s) => `AccessDenied for ${s}`],
  ['AWS temporary key id', () => `ASIA${word('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`, (s) => `id=${s},region=eu`],
  ['AWS secret', () => word(BASE64, 40), (s) => `aws_secret_access_key = ${s}`],
  ['AWS secret in JSON', () => word(BASE64, 40), (s) => `{"SecretAccessKey":"${s}"}`],
  ['AWS session token', () => word(BASE64, 200), (s) => `AWS_SESSION_TOKEN=${s}`],
  ['JWT', jwt, (s) => `session ${s} expired`],
  ['JWT in a header', jwt, (s) => `authorization: Bearer ${s}`],
  ['RSA key', () => pem('RSA PRIVATE KEY'), (s) => `cannot load ${s} here`],
  ['key', () => pem('PRIVATE KEY'), (s) => s],
  ['SSH key', () => pem('OPENSSH PRIVATE KEY'), (s) => `key:\n${s}`],
  ['EC key', () => pem('EC PRIVATE KEY'), (s) => s],
  ['key with written line ends', () => `-----BEGIN PRIVATE KEY-----\\n${word(BASE64, 64)}\\n-----END PRIVATE KEY-----`, (s) => `{"privateKey":"${s}"}`],
  ['bearer token', () => word(ALNUM, 24), (s) => `-H 'Authorization: Bearer ${s}'`],
  ['bearer token alone', () => `${word(LETTERS, 10)}9${word(LETTERS, 10)}`, (s) => `sent Bearer ${s} to api`],
  ['basic credentials', () => Buffer.from(`user:${word(LETTERS, 12)}`).toString('base64'), (s) => `Authorization: Basic ${s}`],
  ['basic credentials alone', () => Buffer.from(`user:${word(ALNUM, 20)}`).toString('base64'), (s) => `Basic ${s}`],
  ['raw authorization', () => word(ALNUM, 16), (s) => `"authorization":"${s}"`],
  ['cookie', () => word(ALNUM, 20), (s) => `Cookie: sid=${s}; theme=dark`],
  ['set cookie', () => word(ALNUM, 20), (s) => `set-cookie: session=${s}; Path=/; HttpOnly`],
  ['password', () => word(LETTERS, 8), (s) => `password=${s}`],
  ['quoted password', () => `${word(LETTERS, 5)} ${word(LETTERS, 5)}`, (s) => `{"user":"ada","password":"${s}"}`],
  ['password with a quote in it', () => `${word(LETTERS, 5)}\\"${word(LETTERS, 5)}`, (s) => `{"password":"${s}","next":1}`],
  ['escaped JSON', () => word(ALNUM, 12), (s) => `body: "{\\"password\\":\\"${s}\\"}"`],
  ['database password', () => word(ALNUM, 10), (s) => `DB_PASSWORD='${s}' node app`],
  ['PostgreSQL password', () => word(ALNUM, 10), (s) => `PGPASSWORD=${s} psql`],
  ['camel case', () => word(ALNUM, 10), (s) => `{ dbPassword: '${s}' }`],
  ['prose password', () => word(LETTERS, 9), (s) => `the password: ${s}`],
  ['flag', () => word(ALNUM, 10), (s) => `mysql -u root --password ${s} shop`],
  ['flag with =', () => word(ALNUM, 10), (s) => `deploy --api-key=${s}`],
  ['client secret', () => word(ALNUM, 18), (s) => `client_secret=${s}&grant_type=x`],
  ['api key', () => word(ALNUM, 18), (s) => `X-Api-Key: ${s}`],
  ['apiKey', () => word(ALNUM, 18), (s) => `"apiKey": "${s}"`],
  ['signing secret', () => word(HEX, 32), (s) => `SLACK_SIGNING_SECRET=${s}`],
  ['csrf token', () => word(ALNUM, 14), (s) => `csrf_token=${s};`],
  ['encoded form', () => word(ALNUM, 14), (s) => `q=access_token%3D${s}`],
  ['hash rocket', () => word(ALNUM, 14), (s) => `:secret => "${s}"`],
  ['URL password', () => word(ALNUM, 12), (s) => `postgres://shop:${s}@db.internal:5432/shop`],
  ['URL token as user', () => word(ALNUM, 40), (s) => `cloning https://${s}@github.com/acme/shop`],
  ['redis password', () => word(ALNUM, 12), (s) => `redis://:${s}@cache:6379/0`],
  ['query token', () => word(ALNUM, 12), (s) => `GET /v1/users?access_token=${s}&page=2 200`],
  ['query signature', () => word(HEX, 64), (s) => `GET /f?X-Amz-Signature=${s} 403`],
  ['SAS signature', () => `${word(ALNUM, 40)}%3D`, (s) => `https://x.blob.example/a?sv=2024&sig=${s}`],
  ['Stripe key', () => `sk_live_${word(ALNUM, 24)}`, (s) => `stripe ${s}`],
  ['model key', () => `sk-proj-${word(ALNUM, 48)}`, (s) => `401 ${s}`],
  ['Google key', () => `AIza${word(ALNUM, 35)}`, (s) => `key=${s}`],
  ['GitLab token', () => `glpat-${word(ALNUM, 20)}`, (s) => `remote: ${s}`],
  ['npm token', () => `npm_${word(ALNUM, 36)}`, (s) => `//registry/:_authToken=${s}`],
  ['session id', () => word(ALNUM, 26), (s) => `session_id=${s}`],
  ['PyPI token', () => `pypi-${word(ALNUM, 60)}`, (s) => `upload with ${s} refused`],
  ['Google OAuth token', () => `ya29.${word(`${ALNUM}-_`, 60)}`, (s) => `sent ${s} to storage`],
  ['Google client secret', () => `GOCSPX-${word(ALNUM, 28)}`, (s) => `client ${s}`],
  ['SendGrid key', () => `SG.${word(ALNUM, 22)}.${word(ALNUM, 43)}`, (s) => `mail: ${s} rejected`],
  ['Hugging Face token', () => `hf_${word(ALNUM, 34)}`, (s) => `401 for ${s}`],
  ['Docker token', () => `dckr_pat_${word(ALNUM, 27)}`, (s) => `docker login ${s}`],
  ['Vault token', () => `hvs.${word(ALNUM, 24)}`, (s) => `vault denied ${s}`],
  ['Grafana token', () => `glsa_${word(ALNUM, 32)}_${word(HEX, 8)}`, (s) => `grafana ${s}`],
  ['Telegram token', () => `${word('123456789', 9)}:AA${word(ALNUM, 33)}`, (s) => `bot${s}/sendMessage`.replace('bot', 'bot ')],
  ['Azure storage key', () => `${word(BASE64, 86)}==`, (s) => `AccountName=shop;AccountKey=${s};EndpointSuffix=x`],
];

/** Known by nothing but their look; a few look like words by chance. */
const NAMELESS: typeof CANARIES = [
  ['random key of 32', () => word(ALNUM, 32), (s) => `unexpected value ${s} in header`],
  ['random key of 44', () => `${word(BASE64, 43)}=`, (s) => `derived ${s}`],
  ['random key in small letters', () => word(`${LETTERS}0123456789012345678901234567890123456789`.slice(0, 46), 40), (s) => `sent ${s}`],
];

describe('secrets in text', () => {
  it.each(CANARIES)('%s is not seen afterwards, 50 times', (_, secret, line) => {
    for (let round = 0; round < 50; round++) {
      const hidden = secret();
      const out = scrub(`2026-11-20T10:00:00Z ERROR ${line(hidden)}`);
      expect(out).toContain('[REDACTED:');
      for (const part of hidden.split('\n')) expect(out).not.toContain(part.length > 12 ? part.slice(4) : part);
    }
  });

  it.each(NAMELESS)('%s is found by its look, at least 194 times of 200', (_, secret, line) => {
    const missed = Array.from({ length: 200 }, () => line(secret())).filter((text) => !scrub(text).includes('[REDACTED:key]'));
    expect(missed.length).toBeLessThanOrEqual(6);
  });

  it('says what was found', () => {
    const found = ['ghp_', 'xoxb-1234-', 'AKIA'].map((start) => scrub(`x ${start}${word('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`));
    expect([...found, scrub(jwt()), scrub(pem('RSA PRIVATE KEY'))]).toEqual([
      'x [REDACTED:github]',
      'x [REDACTED:slack]',
      'x [REDACTED:aws]',
      '[REDACTED:jwt]',
      '[REDACTED:pem]',
    ]);
    expect(scrub('a password=hunter2 b')).toBe('a password=[REDACTED:password] b');
  });

  it('changes nothing more the second time, and leaves JSON readable', () => {
    for (const [, secret, line] of CANARIES) {
      const once = scrub(line(secret()));
      expect(scrub(once)).toBe(once);
    }
    expect(JSON.parse(scrub('{"level":50,"password":"a b","token":"c","msg":"x"}'))).toEqual({
      level: 50,
      password: '[REDACTED:password]',
      token: '[REDACTED:token]',
      msg: 'x',
    });
  });

  it('a key that goes over many log lines is masked line by line, and one that never ends does not swallow the log', () => {
    const clean = lineScrubber();
    expect([...pem('PRIVATE KEY').split('\n'), 'after'].map(clean)).toEqual(['[REDACTED:pem]', '[REDACTED:pem]', '[REDACTED:pem]', '[REDACTED:pem]', 'after']);
    const endless = lineScrubber();
    const out = ['-----BEGIN PRIVATE KEY-----', ...Array.from({ length: 300 }, (_, index) => `line ${index}`)].map(endless);
    expect(out.at(-1)).toBe('line 299');
  });
});

const uuid = (): string => [8, 4, 4, 4, 12].map((length) => word(HEX, length)).join('-');
const camel = (): string =>
  Array.from({ length: 2 + random(4) }, () =>
    pick(['Cart', 'Service', 'Handler', 'User', 'Repository', 'Impl', 'Order', 'Factory', 'Context', 'Token', 'Cache']),
  ).join('');
const path = (): string =>
  `/${Array.from({ length: 2 + random(5) }, () => pick(['usr', 'local', 'lib', 'node_modules', 'python3.12', 'site-packages', 'django', 'src', 'checkout', 'v2', 'App', 'dist-packages'])).join('/')}/${pick(['index.js', 'views.py', 'main.go', 'CartService.java'])}`;
const NORMAL: readonly (() => string)[] = [
  () =>
    `GET /api/v1/orders/${random(99_999)}?page=${random(20)}&sort=created_at HTTP/1.1" 200 ${random(9_999)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
  () => `deployed ${word(HEX, 40)} to production in ${random(300)}s`,
  () => `trace_id=${word(HEX, 32)} span_id=${word(HEX, 16)} duration=${random(900)}ms`,
  () =>
    `{"level":30,"time":${1_700_000_000_000 + random(9e9)},"pid":${random(9_999)},"hostname":"shop-${word(HEX, 10)}-${word(LETTERS, 5)}","reqId":"${uuid()}","msg":"request completed"}`,
  () => `    at ${camel()}.${pick(['load', 'save', 'handleRequest'])} (${path()}:${random(900)}:${random(80)})`,
  () => `  File "${path()}", line ${random(2_000)}, in from_dict`,
  () => `\tat com.example.shop.${camel()}.addItem(${camel()}.java:${random(900)})`,
  () => `KeyError: 'inapplicable_skill_misconception_ids'`,
  () => `Unexpected token < in JSON at position ${random(99)}`,
  () => 'SyntaxError: Unexpected token: identifier expected',
  () => `token expired at 2026-11-20T10:00:${10 + random(50)}Z for user ${random(9_999)}`,
  () => `authentication failed: password incorrect for user ada (attempt ${random(9)})`,
  () => 'basic auth is disabled, bearer authentication required',
  () => `max_tokens=${random(4_096)} completion_tokens: ${random(900)} total_tokens=${random(9_000)}`,
  () => `connection to postgres://db.internal:5432/shop refused (${random(9)} retries left)`,
  () => `pulled image registry.example.com/shop/checkout@sha256:${word(HEX, 64)}`,
  () => `kafka: partition ${random(64)} of topic orders.created.v1 has lag ${random(99_999)}`,
  () => `pod checkout-api-${word(HEX, 10)}-${word(LETTERS, 5)} restarted ${random(9)} times: OOMKilled`,
  () => `cache miss for key user:${random(99_999)}:profile, sign=ok`,
  () => `see https://wiki.example.com/runbooks/${pick(['checkout', 'payments'])}/how-to-restart-the-worker-pool-2024`,
  () => `compass: north; bypass: enabled; passed: ${random(99)}; signal: 9; author: ada`,
  () => `metrics http_requests_total{job="shop",code="500",path="/checkout"} ${random(99_999)}`,
  () => `ETag: W/"${word(HEX, 27)}" max-age=${random(9_999)}`,
  () => `migration 2026${10 + random(2)}${10 + random(18)}_add_inapplicable_skill_misconception_ids_to_stored_state applied`,
  () => `${camel()}${camel()}${camel()} initialised with ${random(12)} workers`,
  () => `LONG_CONSTANT_NAME_FOR_FEATURE_${random(99)}_ENABLED=true SECRET_ROTATION_ENABLED=false`,
  () => `batch ${uuid()} finished: ${random(99)} ok, ${random(9)} failed`,
  () => `mail to ada@example.com queued as <${random(999_999)}.${random(9_999)}@mail.example.com>`,
];

describe('normal log lines', () => {
  it(`less than one in a hundred of 10,000 is changed (seed ${SEED})`, () => {
    const lines = Array.from(
      { length: 10_000 },
      () => `2026-11-20T10:0${random(10)}:0${random(10)}.${100 + random(900)}Z ${pick(['INFO', 'ERROR', 'WARN'])} ${pick(NORMAL)()}`,
    );
    const changed = lines.filter((line) => scrub(line) !== line);
    expect(changed.slice(0, 5)).toEqual([]);
    expect(changed.length).toBeLessThan(100);
  });
});

it('ordinary log lines cost little: 1 MB is done with in 250 ms of processor time', () => {
  const lines = Array.from({ length: 10_000 }, () => `2026-11-20T10:00:00.${100 + random(900)}Z INFO ${pick(NORMAL)()} ${'request completed '.repeat(3)}`);
  const clean = lineScrubber();
  for (const line of lines.slice(0, 2_000)) clean(line); // compiled by now
  const before = process.threadCpuUsage();
  for (const line of lines) clean(line);
  const { user, system } = process.threadCpuUsage(before);
  expect(lines.reduce((sum, line) => sum + line.length, 0)).toBeGreaterThan(1_000_000);
  expect((user + system) / 1_000).toBeLessThan(250);
});

describe('text made to take long', () => {
  const LONG: Readonly<Record<string, string>> = {
    letters: 'a'.repeat(200_000),
    quotes: '"'.repeat(200_000),
    'open passwords': 'password="'.repeat(20_000),
    'open tokens with backslashes': `token="${'\\'.repeat(200_000)}`,
    schemes: 'a://'.repeat(50_000),
    'half URLs': 'a://b:'.repeat(40_000),
    'open keys': '-----BEGIN PRIVATE KEY-----'.repeat(8_000),
    'half JWTs': 'eyJaaaaaaaa.'.repeat(16_000),
    dashes: '-'.repeat(200_000),
    flags: '--a-'.repeat(50_000),
    blanks: `token${' '.repeat(200_000)}`,
    'basic basic': 'basic '.repeat(33_000),
    cookies: 'cookie='.repeat(28_000),
    random: 'aB3'.repeat(66_000),
  };
  it.each(Object.entries(LONG))('%s: 200 kB are done with in 400 ms', (_, text) => {
    const before = process.threadCpuUsage();
    scrub(text);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(400);
  });
});
