import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKind } from '../../src/health/address.ts';
import { assertConfiguredUrl, assertHost, assertPublicUrl } from '../../src/health/url.ts';

const code = (check: () => unknown): string => {
  try {
    check();
    return 'ok';
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
};

// prettier-ignore
test.each([
  ['93.184.216.34', 'public'],
  ['8.8.8.8', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['10.1.2.3', 'private'],
  ['172.15.0.1', 'public'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['169.254.1.1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['0.0.0.0', 'reserved'],
  ['224.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::1', 'loopback'],
  ['::', 'reserved'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['::ffff:0:127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['64:ff9b::169.254.169.254', 'metadata'],
  ['64:ff9b:1::1', 'private'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:a9fe:a9fe::1', 'metadata'],
  ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'loopback'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'metadata'],
  ['fd12:3456::1', 'private'],
  ['ff02::1', 'reserved'],
  ['2606:4700:4700::1111', 'public'],
  ['2001:db8::1', 'reserved'],
  ['no address', 'reserved'],
])('%s is %s', (address, kind) => expect(addressKind(address)).toBe(kind));

const seed = Date.now() % 2 ** 31;
test(`an IPv4 address is judged the same in every IPv6 dress (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const kind = addressKind(address);
      const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
      const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      for (const dressed of [`::ffff:${address}`, `64:ff9b::${address}`, `2002:${hex}::`, `::ffff:${hex}`])
        expect(`${dressed} ${addressKind(dressed)}`).toBe(`${dressed} ${kind}`);
    }),
    { numRuns: 2_000, seed },
  );
});

describe('URLs that people and alerts name', () => {
  test.each(['https://shop.example.com/a?b=c', 'http://93.184.216.34:8080/', 'https://[2606:4700:4700::1111]/', 'https://münchen.example/'])(
    '%s is fine',
    (url) => expect(code(() => assertPublicUrl(url))).toBe('ok'),
  );

  test.each([
    'http://2130706433/',
    'http://0x7f.1/',
    'http://①②⑦.0.0.1/',
    'http://017700000001/',
    'http://127.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://localhost:3000/',
    'http://LOCALHOST./',
    'http://a.localhost/',
    'http://127.0.0.1./',
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/',
    'http://10.0.0.5/',
    'http://0/',
  ])('U07: %s is blocked', (url) => expect(code(() => assertPublicUrl(url))).toBe('E_URL_BLOCKED'));

  test('U09: a password in the address is refused and never repeated', () => {
    expect(code(() => assertPublicUrl('https://user:hunter2@host/'))).toBe('E_URL_CREDENTIALS');
    expect(() => assertPublicUrl('https://user:hunter2@host/')).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });

  test.each(['file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'ftp://x/', 'no url', '', `https://x/${'y'.repeat(3_000)}`])(
    '%.40s is no web address',
    (url) => expect(code(() => assertPublicUrl(url))).toBe('E_URL_SCHEME'),
  );
});

test('URLs of one’s own configuration may be internal, but never hand out credentials (P17, P18)', () => {
  for (const url of ['http://127.0.0.1:9090/', 'http://10.0.0.5/', 'http://prometheus:9090/', 'http://localhost/'])
    expect(code(() => assertConfiguredUrl(url))).toBe('ok');
  for (const url of ['http://169.254.169.254/', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://0.0.0.0/'])
    expect(code(() => assertConfiguredUrl(url))).toBe('E_URL_BLOCKED');
  expect(code(() => assertConfiguredUrl('file:///etc/passwd'))).toBe('E_URL_SCHEME');
});

test('U06: a token goes to the named host over https and nowhere else', () => {
  const check = (url: string) => code(() => assertHost(url, ['files.slack.com']));
  expect(check('https://files.slack.com/files-pri/T1-F1/x.png')).toBe('ok');
  for (const url of [
    'https://evil.example/',
    'http://files.slack.com/',
    'https://files.slack.com:8443/',
    'https://files.slack.com.evil.example/',
    'https://xfiles.slack.com/',
  ])
    expect(check(url)).toBe('E_URL_HOST');
  expect(check('https://files.slack.com@evil.example/')).toBe('E_URL_CREDENTIALS');
});
