import { describe, expect, test } from 'vitest';
import { boltLogger, createLog, type Log } from '../../src/lib/log.ts';
import { isSecretName, redactUrls } from '../../src/lib/redact.ts';

// Put together here, so that no scanner takes this file for a leak.
const SECRET = ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_');
const PLAIN = 'correct-horse-battery-staple'; // has no form a pattern could know
const PEM = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEowIBAAKCAQEAx7Zr0k3p', '-----END RSA PRIVATE KEY-----'].join('\n');

function written(write: (log: Log) => void, secrets: readonly string[] = []): string {
  const lines: string[] = [];
  write(createLog({ level: 'trace', destination: { write: (line: string) => void lines.push(line) }, secrets }));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  return lines.join('');
}

// The fourteen ways a secret got into a line in our measurements; nine of them passed path redaction.
const shapes: Record<string, (log: Log, secret: string) => void> = {
  'a field': (log, token) => log.info({ token }, 'x'),
  'one level down': (log, token) => log.info({ auth: { token } }, 'x'),
  'two levels down': (log, token) => log.info({ a: { b: { token } } }, 'x'),
  'an array': (log, token) => log.info({ tokens: [{ token }, token] }, 'x'),
  'a header': (log, token) => log.info({ headers: { authorization: `Bearer ${token}` } }, 'x'),
  'a header in other letter case': (log, token) => log.info({ request: { headers: { Authorization: `token ${token}` } } }, 'x'),
  'the message': (log, token) => log.info(`got token=${token} back`),
  'the message of an error': (log, token) => log.error(new Error(`bad header "Authorization: Bearer ${token}"`), 'x'),
  'the cause of an error': (log, token) => log.error(new Error('outer', { cause: new Error(`password=${token}`) }), 'x'),
  'a further property of an error': (log, token) => log.error(Object.assign(new Error('x'), { request: { headers: { authorization: token } } }), 'x'),
  'the query of a URL': (log, token) => log.info({ url: `https://api.example.com/x?access_token=${token}&page=2` }, 'x'),
  'the response of an Octokit error': (log, token) =>
    log.error(Object.assign(new Error('x'), { response: { url: `https://example.com/?access_token=${token}` } }), 'x'),
  'nested child bindings': (log, token) =>
    log
      .child({ slack: { botToken: token } })
      .child({ part: 'a' })
      .info('x'),
  'text of JSON in text': (log, token) => log.info({ body: JSON.stringify({ user: 'a', apiKey: token }) }, 'x'),
};

describe('no way of logging lets a secret out', () => {
  test('there are fourteen shapes', () => expect(Object.keys(shapes)).toHaveLength(14));

  describe.each(Object.entries(shapes))('%s', (_, write) => {
    test('a token of a known form', () => expect(written((log) => write(log, SECRET))).not.toContain(SECRET));
    test('a value with no form, known by its name', () => expect(written((log) => write(log, PLAIN))).not.toContain(PLAIN));
    test('a configured secret', () => expect(written((log) => write(log, PLAIN), [PLAIN])).not.toContain(PLAIN));
  });

  test('a private key, whole in a field and quoted in a message', () => {
    const lines = written((log) => {
      log.info({ key: PEM }, 'x');
      log.info(`read ${PEM} from the file`);
    });
    expect(lines).not.toContain('MIIEowIBAAKCAQEAx7Zr0k3p');
  });
  test('a configured secret anywhere, even as the name of a field', () => {
    expect(written((log) => log.info({ [PLAIN]: 1, text: `x${PLAIN}y` }, `z${PLAIN}`), [PLAIN])).not.toContain(PLAIN);
  });
});

test('what is no secret stays readable', () => {
  const line = written((log) =>
    log.info({ incident: 'INC-42', tag: 'v1.4.2', tokenCount: 3, hasToken: true, url: 'https://shop.example.com/a?page=2' }, 'rollback approved'),
  );
  expect(JSON.parse(line)).toMatchObject({
    level: 'info',
    msg: 'rollback approved',
    incident: 'INC-42',
    tag: 'v1.4.2',
    tokenCount: 3,
    hasToken: true,
    url: 'https://shop.example.com/a?page=2',
  });
});

test('the password of a URL is masked, the host stays', () => {
  expect(redactUrls('GET https://user:hunter2secret@host.example/x failed')).toBe('GET https://[REDACTED]@host.example/x failed');
  expect(isSecretName('SLACK_BOT_TOKEN') && isSecretName('client-secret') && isSecretName('X-Api-Key')).toBe(true);
  expect(isSecretName('maxTokens') || isSecretName('tokenKind') || isSecretName('author')).toBe(false);
});

test('Bolt gets the logger it asks for, at debug, and cannot change ours', () => {
  const lines = written((log) => {
    const bolt = boltLogger(log);
    bolt.setName('socket-mode');
    bolt.setLevel('error' as never);
    bolt.info('connected', { url: `wss://x/?ticket=${SECRET}` });
    bolt.error('failed', new Error('socket hang up'));
    expect(bolt.getLevel()).toBe('debug');
  });
  const [info, error] = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(info).toMatchObject({ level: 'debug', part: 'socket-mode' });
  expect(error).toMatchObject({ level: 'debug', msg: 'failed socket hang up', err: { message: 'socket hang up' } });
  expect(lines).not.toContain(SECRET);
});
