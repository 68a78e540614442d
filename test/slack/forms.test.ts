import type { ModalView } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Incident } from '../../src/core/model.ts';
import * as forms from '../../src/slack/forms.ts';
import { approveForm, glassForm, undoForm } from '../../src/slack/forms-plan.ts';
import { evidenceOf, readAim, readForm } from '../../src/slack/forms-read.ts';
import { checkView } from '../contracts/slack.ts';
import { done, lastOf, lit, rollbackIn } from './rollback-stories.ts';
import { ada, EVIL, NOW, play } from './stories.ts';

const services = [{ name: 'checkout-api' }, { name: 'x'.repeat(100) }, ...Array.from({ length: 150 }, (_, at) => ({ name: `service-${at}` }))];
const targets = [
  { tag: 'v1.2.2', label: 'v1.2.2 (healthy for 6 days)' },
  { tag: 'x'.repeat(90), label: 'too long for an option' },
  { tag: 'v1.2.1', label: EVIL },
];
const incident = play('x', [], EVIL).states.at(-1) as Incident;
const aim = { incident: 'INC-42' };
const gone = { ...rollbackIn(lastOf(play('gone', done(lit('green', EVIL)), EVIL))), plan: lit('green', EVIL) };

describe('every form is a view Slack takes', () => {
  test.each<[string, ModalView]>([
    ['report', forms.reportForm(services)],
    ['report without services', forms.reportForm([])],
    ['declare', forms.declareForm(services, { title: EVIL, service: 'checkout-api', severity: 'sev1' })],
    ['declare with an unknown service', forms.declareForm(services, { service: 'nobody' })],
    ['evidence', forms.evidenceForm(aim, '1 URL and 2 screenshots')],
    ['rollback of an incident', forms.rollbackForm({ aim, service: 'checkout-api', services, targets, current: EVIL, reason: EVIL })],
    ['rollback while reading', forms.rollbackForm({ aim: {}, service: 'checkout-api', services, targets: undefined, current: undefined, reason: '' })],
    ['rollback of nothing yet', forms.rollbackForm({ aim: {}, service: undefined, services, targets: [], current: undefined, reason: '' })],
    ['rollback without known releases', forms.rollbackForm({ aim: {}, service: 'checkout-api', services, targets: [], current: undefined, reason: '' })],
    ['resolve', forms.resolveForm(incident)],
    ['note', forms.textForm('note', aim)],
    ['update', forms.textForm('update', aim)],
    ['severity', forms.severityForm(incident)],
    ['decline', forms.declineForm({ ...aim, rollback: 'rb1' })],
    ['approve over red', approveForm({ ...aim, rollback: 'rb1', plan: NOW }, incident, lit('red', EVIL))],
    ['break the glass', glassForm({ ...aim, rollback: 'rb1' }, incident, lit('red', EVIL))],
    ['break the glass while it is planned', glassForm({ ...aim, rollback: 'rb1' }, incident, undefined)],
    ['go forward again', undoForm({ ...aim, rollback: 'rb1' }, incident, gone)],
    ['skip', forms.skipForm({ ...aim, step: 's', run: 1 }, EVIL)],
    ['role', forms.roleForm(aim)],
    ['waiting', forms.waitingView('Roll back', aim)],
    ['notice', forms.noticeView('Roll back', EVIL)],
  ])('%s', (_, view) => expect(checkView(JSON.parse(JSON.stringify(view)))).toEqual([]));

  test('the newest healthy release is chosen already', () => {
    const view = forms.rollbackForm({ aim, service: 'checkout-api', services, targets, current: undefined, reason: '' });
    expect(JSON.stringify(view)).toContain('"initial_option":{"text":{"type":"plain_text","text":"v1.2.2 (healthy for 6 days)"');
  });
});

const value = (text: string) => ({ value: { type: 'plain_text_input', value: text } });
const chosen = (text: string) => ({ value: { type: 'static_select', selected_option: { value: text } } });
const picture = (more: object = {}) => ({
  id: 'F1',
  name: 'x.png',
  mimetype: 'image/png',
  filetype: 'png',
  size: 1000,
  permalink: 'https://acme.slack.com/f',
  ...more,
});
const files = (...some: object[]) => ({ value: { type: 'file_input', files: some } });
const report = (more: object = {}) =>
  readForm('report', { title: value('Chapter 4'), urls: value('https://a.example/4'), screenshots: files(picture()), ...more }, '{}');

describe('reading a report', () => {
  test('gives title, service, severity and evidence', () => {
    const reading = report({
      urls: value('https://a.example/4\n https://b.example/x?y=1  https://a.example/4'),
      service: chosen('checkout'),
      severity: chosen('sev1'),
    });
    expect(reading).toEqual({
      ok: true,
      kind: 'open',
      title: 'Chapter 4',
      service: 'checkout',
      severity: 'sev1',
      found: {
        urls: ['https://a.example/4', 'https://b.example/x?y=1'],
        pictures: [{ fileId: 'F1', name: 'x.png', permalink: 'https://acme.slack.com/f' }],
        requests: [],
        users: [],
        note: '',
      },
    });
    expect(reading.ok && reading.kind === 'open' && evidenceOf(reading.found, ada, NOW).map(({ kind }) => kind)).toEqual(['url', 'url', 'screenshot']);
  });

  test('"I don\'t know" is no service', () => expect(report({ service: chosen('-') })).toMatchObject({ ok: true, service: undefined }));

  test.each([
    ['a page that is no web page', 'ftp://a.example', /E_URL_SCHEME/],
    ['script', 'javascript:alert(1)', /E_URL_SCHEME/],
    ['no address', 'the shop', /E_URL_SCHEME/],
    ['a password, which is not repeated', 'https://user:hunter2@a.example/', /^(?!.*hunter2).*E_URL_CREDENTIALS/],
    ['an endless address', `https://a.example/${'x'.repeat(3000)}`, /E_ARGS/],
    ['too many', Array.from({ length: 21 }, (_, at) => `https://a.example/${at}`).join('\n'), /At most 20/],
  ])('refuses %s', (_, urls, says) => {
    expect(report({ urls: value(urls) })).toMatchObject({ ok: false, errors: { urls: expect.stringMatching(says) } });
  });

  test.each([
    ['U01: a png that holds HTML', { mimetype: 'text/html' }, /text\/html.*E_FILE_TYPE/],
    ['U03: an SVG', { name: 'x.svg', mimetype: 'image/svg+xml' }, /png, jpg, webp and gif only.*E_FILE_TYPE/],
    ['U04: 200 MB', { size: 200 * 1024 * 1024 }, /E_TOO_LARGE/],
    ['a file that never arrived', { id: undefined }, /E_FILE_TYPE/],
    ['a file without a type', { mimetype: undefined }, /E_FILE_TYPE/],
  ])('refuses %s', (_, more, says) => {
    expect(report({ screenshots: files(picture(more)) })).toMatchObject({ ok: false, errors: { screenshots: expect.stringMatching(says) } });
  });

  test('U02: a huge picture is judged by its bytes alone', () =>
    expect(report({ screenshots: files(picture({ original_w: 50_000, original_h: 50_000 })) }).ok).toBe(true));

  test('U05: a file name is only ever shown, never used', () => {
    expect(report({ screenshots: files(picture({ name: '../../<!here>.png' })) })).toMatchObject({
      ok: true,
      found: { pictures: [{ fileId: 'F1', name: '../../‹!here>.png' }] },
    });
  });

  test('names every wrong field at once', () => {
    expect(report({ title: value(' '), urls: value('x'), screenshots: files(picture({ size: 1e9 })) })).toMatchObject({
      ok: false,
      errors: { title: expect.anything(), urls: expect.anything(), screenshots: expect.anything() },
    });
  });
});

describe('reading the others', () => {
  const meta = JSON.stringify({ incident: 'INC-42', step: 's', run: 2, rollback: 'rb1' });
  test.each([
    ['resolve', { text: value('cache') }, { kind: 'resolve', summary: 'cache' }],
    ['note', { text: value('saw it') }, { kind: 'note', text: 'saw it', permalink: undefined, at: undefined }],
    ['update', { text: value('on it') }, { kind: 'update', text: 'on it' }],
    ['setSeverity', { severity: chosen('sev3') }, { kind: 'setSeverity', severity: 'sev3' }],
    ['declineRollback', { text: value('no') }, { kind: 'declineRollback', rollback: 'rb1', reason: 'no' }],
    ['skipStep', { text: value('done by hand') }, { kind: 'skipStep', step: 's', run: 2, reason: 'done by hand' }],
  ])('%s', (form, state, command) => expect(readForm(form, state, meta)).toMatchObject({ ok: true, kind: 'command', aim: { incident: 'INC-42' }, command }));

  test('a rollback: tag from the list or typed, checked either way', () => {
    expect(readForm('requestRollback', { 'tag:checkout': chosen('v1.2.2'), reason: value('5xx') }, meta)).toMatchObject({
      ok: true,
      kind: 'rollback',
      tag: 'v1.2.2',
      reason: '5xx',
      service: undefined,
    });
    expect(readForm('requestRollback', { service: chosen('checkout'), 'tag:checkout': value('“v1.2.2”') }, '{}')).toMatchObject({
      ok: true,
      tag: 'v1.2.2',
      service: 'checkout',
    });
    expect(readForm('requestRollback', { 'tag:checkout': value('v1$(id)') }, meta)).toMatchObject({
      ok: false,
      errors: { 'tag:checkout': expect.stringContaining('E_TAG_SYNTAX') },
    });
    expect(readForm('requestRollback', { reason: value('') }, meta)).toMatchObject({
      ok: false,
      errors: { reason: expect.stringContaining('still being read') },
    });
  });

  test('a role needs a role and a person', () => {
    const person = { value: { type: 'users_select', selected_user: 'U2' } };
    expect(readForm('takeRole', { role: chosen('comms'), person }, meta)).toMatchObject({ ok: true, kind: 'role', role: 'comms', slackId: 'U2' });
    expect(readForm('takeRole', { role: chosen('boss'), person }, meta)).toMatchObject({ ok: false });
    expect(readForm('takeRole', { role: chosen('lead') }, meta)).toMatchObject({ ok: false, errors: { person: expect.anything() } });
  });

  test('evidence needs something', () =>
    expect(readForm('addEvidence', { urls: value(''), note: value(' ') }, meta)).toMatchObject({
      ok: false,
      errors: { urls: expect.stringContaining('E_EVIDENCE') },
    }));

  test('S10: metadata that is not ours is an error under a field, never a stack', () => {
    for (const bad of ['{'.repeat(3000), '', 'null', '[]', '5', '{"incident":']) {
      expect(readForm('resolve', { text: value('x') }, bad)).toEqual({ ok: false, errors: { text: expect.stringContaining('out of date') } });
    }
  });

  test('no state and no metadata makes a reader throw', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    const form = fc.constantFrom('report', 'declare', 'addEvidence', 'requestRollback', 'takeRole', 'resolve', 'note', 'skipStep', 'nonsense');
    const blocks = fc.dictionary(
      fc.constantFrom('title', 'urls', 'screenshots', 'text', 'tag:x', 'role', 'person'),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
    );
    fc.assert(
      fc.property(form, fc.oneof(blocks, fc.jsonValue()), fc.oneof(fc.json(), fc.string()), (name, state, metadata) => {
        const reading = readForm(name, state, metadata);
        expect(reading.ok || Object.keys(reading.errors).length > 0).toBe(true);
      }),
      { seed, numRuns: 3_000 },
    );
  });
});

test('an aim keeps only what we put in', () => {
  expect(readAim('{"incident":"INC-1","run":1,"evil":"x","__proto__":{"a":1},"step":5}')).toEqual({ incident: 'INC-1', run: 1 });
  expect(readAim(`{"incident":"${'x'.repeat(101)}"}`)).toEqual({});
  expect(readAim(undefined)).toBeUndefined();
});
