import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type KnownError, overlaid, recognise } from '../../src/logs/known-errors.ts';
import { knownErrorsSchema, loadKnownErrors, shippedErrors } from '../../src/playbook/known-errors.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { grouped } from './grouped.ts';

const never = new AbortController().signal;
const entry = (id: string, ...match: string[]): KnownError => ({ id, match, title: id, means: 'm', check: 'c', do: 'd', in: {} });
const YAML = (more = '') => `errors:\n  - id: own\n    match: 'E-[0-9]+'\n    title: Ours\n    means: m\n    check: c\n    do: d\n${more}`;

describe('the table that is shipped', () => {
  // Lines as programs write them; what each must be taken for.
  it.each([
    ['missing-migration', 'psycopg.errors.UndefinedColumn: column "discount" of relation "orders" does not exist'],
    ['missing-migration', "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.coupons' doesn't exist"],
    ['missing-migration', 'OperationalError: no such column: orders.discount'],
    ['missing-key', "KeyError: 'inapplicable_skill_misconception_ids'"],
    ['missing-key', 'java.util.NoSuchElementException: No value present'],
    ['missing-value', "TypeError: Cannot read properties of undefined (reading 'total')"],
    ['missing-value', 'panic: runtime error: invalid memory address or nil pointer dereference'],
    ['missing-module', "Error: Cannot find module './cart'"],
    ['deadlock', 'ERROR: deadlock detected'],
    ['encoding', "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"],
    ['bad-json', 'SyntaxError: Unexpected token < in JSON at position 0'],
    ['disk-full', 'OSError: [Errno 28] No space left on device'],
    ['out-of-memory', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    ['out-of-memory', 'java.lang.OutOfMemoryError: Java heap space'],
    ['too-many-files', 'accept: Too many open files'],
    ['pool-exhausted', 'FATAL: sorry, too many clients already'],
    ['certificate-expired', 'Error: certificate has expired (CERT_HAS_EXPIRED)'],
    ['tls', 'x509: certificate signed by unknown authority'],
    ['permission', "PermissionError: [Errno 13] Permission denied: '/var/exports/models.csv'"],
    ['permission', '10.0.0.1 - - [20/Nov/2026:10:00:00 +0000] "GET /export HTTP/1.1" 403 12'],
    ['unauthorized', 'HttpError: Bad credentials'],
    ['rate-limit', 'API rate limit exceeded for 203.0.113.7'],
    ['dns', 'Error: getaddrinfo ENOTFOUND payments.internal'],
    ['connection-refused', 'connect ECONNREFUSED 10.0.0.7:5432'],
    ['connection-reset', 'Error: socket hang up'],
    ['timeout', 'export of model 7 timed out after 300 s'],
    ['timeout', 'upstream request failed with status 504'],
    ['http-400', 'Request failed with status code 400'],
    ['http-404', '"POST /v1/charge HTTP/1.1" 404'],
    ['http-413', 'client intended to send too large body: 413 Request Entity Too Large'],
    ['http-502', '"GET / HTTP/1.1" 502 157'],
    ['http-503', 'upstream connect error: no healthy upstream'],
    ['http-500', 'status=500 path=/checkout'],
  ])('%s: %s', async (id, line) => expect((await recognise([line], shippedErrors(), never))[0]?.id).toBe(id));

  it('says nothing about what it does not know, nor about a number that is no status', async () => {
    const lines = ['all is well', 'order 500 of 503 failed', 'took 404 ms', 'user 429 left'];
    expect(await recognise(lines, shippedErrors(), never)).toEqual(lines.map(() => undefined));
  });

  it('has four short texts in each entry, and the published schema is made from the loader', () => {
    expect(shippedErrors().length).toBeGreaterThan(20);
    const published: unknown = JSON.parse(readFileSync(new URL('../../docs/schema/known-errors.schema.json', import.meta.url), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(knownErrorsSchema())));
  });
});

describe('an export that fails', () => {
  // What the log of the last ten minutes held.
  const LOG = [
    '2026-11-20T10:00:01Z INFO export: 12 models queued',
    "2026-11-20T10:00:02Z ERROR export: model 4711: PermissionError: [Errno 13] Permission denied: '/mnt/exports/4711.onnx'",
    "2026-11-20T10:00:05Z ERROR export: model 4712: PermissionError: [Errno 13] Permission denied: '/mnt/exports/4712.onnx'",
    '2026-11-20T10:01:02Z ERROR export: model 4713: upload timed out after 300 s, attempt 1',
    '2026-11-20T10:06:02Z ERROR export: model 4713: upload timed out after 300 s, attempt 2',
    '2026-11-20T10:11:02Z ERROR export: model 4714: upload timed out after 300 s, attempt 1',
    '2026-11-20T10:11:03Z WARN export: queue has 51 entries',
  ].map((text) => ({ at: undefined, text }));

  it('shows a row for the permission and one for the timeout', async () => {
    const groups = await grouped(LOG);
    const rows = await recognise(
      groups.map(({ title, sample }) => `${title}\n${sample}`),
      shippedErrors(),
      never,
    );
    expect(groups.map(({ count }, index) => [rows[index]?.id, count])).toEqual([
      ['timeout', 3],
      ['permission', 2],
    ]);
    expect(rows.every((row) => row !== undefined && row.check !== '' && row.do !== '')).toBe(true);
  });
});

describe("a team's own table", () => {
  it('stands before the shipped one and takes the place of entries by id', () => {
    const table = overlaid([entry('timeout', 'x'), entry('ours', 'y')], [entry('timeout', 'z'), entry('dns', 'z')]);
    expect(table.map(({ id, match }) => [id, match[0]])).toEqual([
      ['timeout', 'x'],
      ['ours', 'y'],
      ['dns', 'z'],
    ]);
  });

  it('may hold Chinese texts beside the English ones', () => {
    const outcome = loadKnownErrors(YAML('    zh-CN: { title: 标题, means: 含义, check: 检查, do: 处理 }\n'), 'known-errors.yml');
    expect(outcome).toMatchObject({ ok: true, errors: [{ id: 'own', match: ['E-[0-9]+'], in: { 'zh-CN': { title: '标题' } } }] });
  });

  it.each([
    ['a misspelt key', YAML('    fix: x\n'), /^known-errors\.yml:8:5 E_PLAYBOOK_KEY unknown key 'fix'/],
    ['a pattern that can take for ever', YAML().replace('E-[0-9]+', '(a+)+$'), /^known-errors\.yml:3:12 E_REGEX_UNSAFE/],
    ['a broken pattern', YAML().replace('E-[0-9]+', '(['), /^known-errors\.yml:3:12 E_REGEX_SYNTAX/],
    ['the same id twice', `${YAML()}${YAML().slice('errors:\n'.length)}`, /^known-errors\.yml:8:9 E_PLAYBOOK_ID duplicate id 'own': used on line 2, too/],
    ['no list', 'errors: 5\n', /^known-errors\.yml:1:9 E_PLAYBOOK_TYPE/],
    ['an empty file', '', /^known-errors\.yml:1:1 E_PLAYBOOK_EMPTY/],
  ])('%s is refused with its place', (_, text, says) => {
    const outcome = loadKnownErrors(text, 'known-errors.yml');
    expect(outcome.ok ? 'good' : outcome.problems.map(printProblem).join('\n')).toMatch(says);
  });

  it('a slow pattern costs its advice and not the process', async () => {
    let beats = 0;
    const timer = setInterval(() => beats++, 20);
    expect(await recognise(['a'.repeat(1_400)], [entry('slow', '.*.*.*.*.*=x')], never)).toEqual([undefined]);
    clearInterval(timer);
    expect(beats).toBeGreaterThan(20);
  }, 30_000);
});
