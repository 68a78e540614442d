import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { helpText, parseIncident, WORDS } from '../../src/slack/grammar.ts';
import { parseRollback, type RollbackContext } from '../../src/slack/grammar-rollback.ts';

const here = { inIncident: true, services: ['checkout', 'payment-api'] };
const outside = { ...here, inIncident: false };
const wish = (text: string, context = here) => {
  const parsed = parseIncident(text, context);
  return parsed.ok ? parsed.wish : parsed;
};

describe('/incident', () => {
  test.each([
    ['', { kind: 'overview' }],
    ['status', { kind: 'status' }],
    ['  STATUS  ', { kind: 'status' }],
    ['new', { kind: 'new', severity: undefined, service: undefined, title: '' }],
    ['new sev1 checkout Payments fail', { kind: 'new', severity: 'sev1', service: 'checkout', title: 'Payments fail' }],
    ['new Checkout &lt;b&gt; &amp; co', { kind: 'new', severity: undefined, service: 'checkout', title: '<b> & co' }],
    ['new 2 all is slow', { kind: 'new', severity: 'sev2', service: undefined, title: 'all is slow' }],
    ['declare sev3', { kind: 'new', severity: 'sev3', service: undefined, title: '' }],
    ['severity sev1', { kind: 'severity', severity: 'sev1' }],
    ['sev SEV-2', { kind: 'severity', severity: 'sev2' }],
    ['severity', { kind: 'severity', severity: undefined }],
    ['lead', { kind: 'lead', slackId: undefined }],
    ['lead me', { kind: 'lead', slackId: undefined }],
    ['lead <@U12AB|ada>', { kind: 'lead', slackId: 'U12AB' }],
    ['page <@U12AB|ada> <!subteam^S9X|@sre>', { kind: 'page', who: ['U12AB', 'S9X'] }],
    ['note saw <https://x.example/a|x.example/a> by <@U1A|ada> in <#C1|ops>', { kind: 'note', text: 'saw https://x.example/a by @ada in #ops' }],
    ['note <!channel> hi', { kind: 'note', text: '@channel hi' }],
    ['update', { kind: 'update', text: '' }],
    ['resolve it was the cache', { kind: 'resolve', text: 'it was the cache' }],
    ['close', { kind: 'resolve', text: '' }],
    ['reopen still broken', { kind: 'reopen', text: 'still broken' }],
    ['next', { kind: 'next' }],
    ['catchup', { kind: 'catchup' }],
    ['timeline', { kind: 'timeline' }],
    ['postmortem', { kind: 'postmortem' }],
    ['help severity', { kind: 'help', topic: 'severity' }],
    ['alerts', { kind: 'alerts' }],
    ['held', { kind: 'held' }],
    ['split k3f9x2', { kind: 'split', what: 'k3f9x2' }],
    ['link payment-api inc-7', { kind: 'link', what: 'payment-api', to: 'INC-7' }],
    ['merge INC-7 one cause', { kind: 'merge', to: 'INC-7', reason: 'one cause' }],
    [
      'snooze Checkout 30m deploy of the schema',
      { kind: 'snooze', services: ['checkout'], labels: undefined, forMs: 1_800_000, reason: 'deploy of the schema' },
    ],
    ['snooze team=batch env=prod 2h known', { kind: 'snooze', services: undefined, labels: { team: 'batch', env: 'prod' }, forMs: 7_200_000, reason: 'known' }],
    ['unsnooze checkout', { kind: 'unsnooze', what: 'checkout' }],
    ['unsnooze CheckOut', { kind: 'unsnooze', what: 'checkout' }],
    ['unsnooze 3', { kind: 'unsnooze', what: '3' }],
  ])('%s', (text, expected) => expect(wish(text)).toEqual(expected));

  test.each([
    ['severity sev9', 'E_ARGS', 'sev1, sev2 or sev3'],
    ['lead @ada', 'E_ARGS', 'pick the name'],
    ['lead <@U1A|a> <@U2B|b>', 'E_ARGS', 'not one person'],
    ['page', 'E_ARGS', 'nobody was called'],
    ['page everyone', 'E_ARGS', 'everyone'],
    ['split', 'E_ARGS', '/incident split'],
    ['link a b', 'E_ARGS', '/incident link'],
    ['merge', 'E_ARGS', '/incident merge'],
    ['snooze checkout', 'E_ARGS', 'for how long'],
    ['snooze checkout 30m', 'E_ARGS', 'say why'],
    ['snooze checkot 30m known', 'E_ARGS', 'Did you mean checkout?'],
    ['snooze checkout 30d known', 'E_ARGS', 'between 1m and 7d'],
    ['halp', 'E_UNKNOWN_COMMAND', 'Did you mean /incident help?'],
    ['stauts', 'E_UNKNOWN_COMMAND', 'Did you mean /incident status?'],
    ['constructor', 'E_UNKNOWN_COMMAND', '/incident help'],
    ['__proto__', 'E_UNKNOWN_COMMAND', '/incident help'],
  ])('%s → %s', (text, code, says) => {
    expect(wish(text)).toMatchObject({ ok: false, code, text: expect.stringContaining(says) });
  });

  test('C15: a command that needs an incident, typed elsewhere, says where to type it and how to name the incident', () => {
    expect(wish('close', outside)).toMatchObject({ ok: false, code: 'E_CONTEXT', text: expect.stringContaining('/incident INC-42 resolve') });
    expect(parseIncident('inc-42 close done', outside)).toEqual({ ok: true, incident: 'INC-42', wish: { kind: 'resolve', text: 'done' } });
    expect(parseIncident('INC-42', outside)).toEqual({ ok: true, incident: 'INC-42', wish: { kind: 'status' } });
    for (const text of ['', 'new x', 'help', 'list']) expect(parseIncident(text, outside).ok).toBe(true);
  });

  test('help names every word, and each word alone', () => {
    for (const [word, { usage }] of Object.entries(WORDS)) {
      expect(helpText(undefined)).toContain(`/incident ${usage}`);
      expect(helpText(word)).toContain(usage);
    }
    expect(helpText('nonsense')).toBe(helpText(undefined));
  });

  test('any text is answered, quickly', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const parsed = parseIncident(text, outside);
        expect(parsed.ok || parsed.text.length < 400).toBe(true);
      }),
      { seed, numRuns: 5_000 },
    );
    for (const text of ['<'.repeat(40_000), '<@'.repeat(20_000), `note ${'<a|'.repeat(13_000)}`, ' '.repeat(40_000), `new ${'a '.repeat(20_000)}`]) {
      // Time of the processor, not of the clock: on a busy machine the clock also counts the others.
      const began = process.cpuUsage();
      parseIncident(text, here);
      parseRollback(text, rollbacks);
      expect(process.cpuUsage(began).user / 1_000).toBeLessThan(50);
    }
  });
});

const rollbacks: RollbackContext = {
  services: [
    { name: 'checkout', repo: 'acme/checkout' },
    { name: 'payment-api', repo: 'acme/payment' },
    { name: 'legacy', repo: undefined },
  ],
  here: 'checkout',
};
const elsewhere = { ...rollbacks, here: undefined };

describe('/rollback', () => {
  test.each([
    ['', { service: 'checkout', tag: undefined, reason: '' }],
    ['v1.2.3', { service: 'checkout', tag: 'v1.2.3', reason: '' }],
    ['payment-api v1.2.3', { service: 'payment-api', tag: 'v1.2.3', reason: '' }],
    ['payment-api', { service: 'payment-api', tag: undefined, reason: '' }],
    ['v1.2.3 --reason 5xx rose &amp; rose', { service: 'checkout', tag: 'v1.2.3', reason: '5xx rose & rose' }],
    ['v1.2.3 —reason “typed on a phone”', { service: 'checkout', tag: 'v1.2.3', reason: 'typed on a phone' }],
    ['--reason=slow', { service: 'checkout', tag: undefined, reason: 'slow' }],
    ['v1.2.3 --repo acme/payment', { service: 'payment-api', tag: 'v1.2.3', reason: '' }],
    ['“v1.2.3”', { service: 'checkout', tag: 'v1.2.3', reason: '' }],
    ['<http://v1.2.3.example|v1.2.3.example>', undefined],
  ])('%s', (text, expected) => {
    const parsed = parseRollback(text, rollbacks);
    if (expected) expect(parsed).toEqual({ ok: true, ...expected });
    else expect(parsed.ok).toBe(false);
  });

  test.each([
    ['chekout v1.2.3', 'E_UNKNOWN_SERVICE', 'Did you mean /rollback checkout v1.2.3?'],
    ['chekout', 'E_UNKNOWN_SERVICE', 'checkout'],
    ['billing v1.2.3', 'E_UNKNOWN_SERVICE', 'payment-api'],
    ['v1.2.3 --reasn x', 'E_ARGS', '--reason'],
    ['v1.2.3 --force', 'E_ARGS', '--force'],
    ['checkout latest', 'E_TAG_SYNTAX', 'latest'],
    ['main', 'E_TAG_SYNTAX', 'main'],
  ])('%s → %s', (text, code, says) => {
    expect(parseRollback(text, rollbacks)).toMatchObject({ ok: false, code, text: expect.stringContaining(says) });
  });

  test.each([
    ['undo', { service: 'checkout', reason: '' }],
    ['UNDO --reason it was the cache', { service: 'checkout', reason: 'it was the cache' }],
    ['payment-api undo —reason “no help”', { service: 'payment-api', reason: 'no help' }],
    ['undo --repo acme/payment', { service: 'payment-api', reason: '' }],
  ])('%s goes forward again', (text, expected) => {
    expect(parseRollback(text, rollbacks)).toEqual({ ok: true, undo: true, ...expected });
  });

  test('undo is no tag beside another one, and a service may be called undo', () => {
    expect(parseRollback('undo v1.2.3', rollbacks)).toMatchObject({ ok: false });
    const named = { ...rollbacks, services: [...rollbacks.services, { name: 'undo', repo: 'acme/undo' }] };
    expect(parseRollback('undo v1.2.3', named)).toMatchObject({ ok: true, service: 'undo', tag: 'v1.2.3' });
  });

  test('without a service in sight nothing is guessed', () => {
    expect(parseRollback('v1.2.3', elsewhere)).toEqual({ ok: true, service: undefined, tag: 'v1.2.3', reason: '' });
  });
});

/** The cases every release is held against; the ones that need releases are tested where releases are. */
const CORPUS: Record<string, { text: string; code: string; says?: RegExp; never?: RegExp }> = {
  C02: { text: 'v1.2.3 v1.2.2', code: 'E_ARGS', says: /One tag expected, got 2/ },
  C03: { text: 'latest', code: 'E_TAG_SYNTAX', says: /'latest' is not a tag/ },
  C04: { text: 'v1.2.3; rm -rf /', code: 'E_TAG_SYNTAX', says: /character ';' not allowed/ },
  C05: { text: '../../etc/passwd', code: 'E_TAG_SYNTAX' },
  C06: { text: 'v1.2.3\u200b', code: 'E_TAG_SYNTAX', says: /hidden character U\+200B at position 6; did you mean v1\.2\.3\?/ },
  C11: { text: 'refs/heads/main', code: 'E_TAG_SYNTAX', says: /a branch is not a release/ },
  C12: { text: 'v1.2.3 --repo other/secret', code: 'E_REPO_NOT_ALLOWED', says: /acme\/checkout, acme\/payment/ },
  C13: { text: 'a'.repeat(3000), code: 'E_TAG_SYNTAX', says: /longer than 128/, never: /a{61}/ },
  C14: { text: '<@U123|bob> v1', code: 'E_TAG_SYNTAX', never: /<@|bob|U123/ },
};

test.each(Object.entries(CORPUS))('%s of the corpus', (_, { text, code, says = /./, never = /$^/ }) => {
  const parsed = parseRollback(text, rollbacks);
  expect(parsed).toMatchObject({ ok: false, code, text: expect.stringMatching(says) });
  expect(parsed.ok ? '' : parsed.text).not.toMatch(never);
  expect(parsed.ok ? '' : parsed.text).toMatch(/othing was started/);
});
