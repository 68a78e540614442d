import { hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readConfig, readTerminalConfig } from '../../src/config.ts';
import type { Operator } from '../../src/core/service.ts';
import { createOperatorDesk, newToken, printToken } from '../../src/local/operators.ts';
import { plain } from '../../src/local/protocol.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { handClock } from '../flows/clock.ts';

const load = (text: string) => loadCatalog(text, 'services.yml', { playbooks: [], strategies: [], logBackends: [] });
const problems = (text: string): readonly string[] => {
  const outcome = load(text);
  return outcome.ok ? [] : outcome.problems.map(printProblem);
};
const SHA = hash('sha256', 'a', 'hex');
const OTHER = hash('sha256', 'b', 'hex');

test('the printed line is what services.yml takes, and its token opens', async () => {
  const fresh = newToken();
  const line = printToken('ada', fresh).at(-1) ?? '';
  const outcome = load(`operators:\n${line.replace('U…', 'U0ADA').replace('[]', '[S0APPROVE]')}`);
  if (!outcome.ok) throw new Error(problems(line).join('\n'));
  const { operators } = outcome.catalog;
  expect(operators).toEqual([{ name: 'ada', slackId: 'U0ADA', groups: ['S0APPROVE'], tokenSha256: fresh.sha256 }]);
  expect(await createOperatorDesk({ operators: () => operators, clock: handClock() }).identify(fresh.token)).toBe(operators[0]);
  expect(newToken().token).not.toBe(fresh.token);
  expect(printToken('ada', fresh).join('\n').split(fresh.token)).toHaveLength(2);
});

test.each([
  [
    'one person twice',
    `{ name: a, slack: U0A, token_sha256: ${SHA} }, { name: b, slack: U0A, token_sha256: ${OTHER} }`,
    /this slack belongs to the operator 'a' already/,
  ],
  ['one token for two', `{ name: a, slack: U0A, token_sha256: ${SHA} }, { name: b, slack: U0B, token_sha256: ${SHA} }`, /this token_sha256 belongs/],
  ['one name for two', `{ name: a, slack: U0A, token_sha256: ${SHA} }, { name: A, slack: U0B, token_sha256: ${OTHER} }`, /this name belongs/],
  ['the token itself', `{ name: a, slack: U0A, token_sha256: tbop_${'x'.repeat(43)} }`, /64 hex digits.*never the token itself/],
  ['a group as a person', `{ name: a, slack: S0A, token_sha256: ${SHA} }`, /Slack user id/],
  ['a person as a group', `{ name: a, slack: U0A, groups: [U0B], token_sha256: ${SHA} }`, /user-group id/],
  ['a misspelt key', `{ name: a, slack: U0A, group: [S0A], token_sha256: ${SHA} }`, /did you mean 'groups'/],
  ['a name that could be taken for two lines', `{ name: "a\\nb", slack: U0A, token_sha256: ${SHA} }`, /short name/],
])('%s is refused in services.yml', (_, entries, says) => {
  const said = problems(`operators: [${entries}]`);
  expect(said.join('\n')).toMatch(says);
  expect(said.join('\n')).not.toContain('x'.repeat(43));
});

test('wrong tokens are slowed down after ten in a minute, right ones never; all refusals say the same', async () => {
  const clock = handClock();
  const { token, sha256 } = newToken();
  const ada: Operator = { name: 'ada', slackId: 'U0ADA', groups: [], tokenSha256: sha256 };
  let operators: readonly Operator[] = [ada];
  const desk = createOperatorDesk({ operators: () => operators, clock });
  const said = new Set<string>();
  const wrong = async (given: string): Promise<void> =>
    desk.identify(given).then(
      () => undefined,
      (error: Error) => void said.add(error.message),
    );
  for (const given of ['', token.slice(0, -1), `${token} `, token.toUpperCase(), sha256, 'x', 'x', 'x', 'x', 'x']) await wrong(given);
  expect(clock.next(), 'ten are free').toBeUndefined();

  let answered = false;
  const slow = wrong('x').then(() => {
    answered = true;
  });
  expect(await desk.identify(token)).toBe(ada);
  clock.moveTo(clock.now() + 999);
  await turn();
  expect(answered).toBe(false);
  clock.moveTo(clock.now() + 1);
  await slow;
  expect(said.size).toBe(1);

  operators = [];
  clock.moveTo(clock.now() + 60_000);
  await expect(desk.identify(token), 'taken out of services.yml').rejects.toMatchObject({ code: 'E_AUTH' });
});

test('a terminal needs the database and a token, and none of the settings of the program', () => {
  const { token } = newToken();
  expect(readTerminalConfig({})).toEqual({ ok: true, config: { database: { kind: 'sqlite', path: './data/tagback.db' }, operatorToken: undefined } });
  expect(readTerminalConfig({ DATABASE_URL: 'sqlite:/data/t.db', TAGBACK_OPERATOR_TOKEN: token, GITHUB_TOKEN: 'xoxb-1' })).toEqual({
    ok: true,
    config: { database: { kind: 'sqlite', path: '/data/t.db' }, operatorToken: token },
  });
  const wrong = readTerminalConfig({ TAGBACK_OPERATOR_TOKEN: 'tbop_short' });
  expect(wrong).toMatchObject({ ok: false, problems: [{ name: 'TAGBACK_OPERATOR_TOKEN' }] });
  expect(JSON.stringify(wrong)).not.toContain('tbop_short');
});

test('the program takes the variable, warns of it, and keeps it out of its log', () => {
  const { token } = newToken();
  const read = readConfig({ SLACK_BOT_TOKEN: 'xoxb-none', SLACK_SIGNING_SECRET: 'none', GITHUB_TOKEN: 'ghp_a', TAGBACK_OPERATOR_TOKEN: token });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  expect(read.config.notes.join()).toMatch(/TAGBACK_OPERATOR_TOKEN is one person’s own/);
  expect(read.config.secrets).toContain(token);
});

test('no line of text from outside moves the cursor, colours, hides or becomes two lines', () => {
  expect(plain('a\u001b[2Kb\r\nc\u202ed\u200be\u0007\u009bf\u2028g\ud800h é ✅')).toBe('a·[2Kb··c·d·e··f·g·h é ✅');
});
