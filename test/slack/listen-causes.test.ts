import { expect, test } from 'vitest';
import { stepOf } from '../../src/core/playbook.ts';
import { everyTestHasATown } from './town.ts';

const town = everyTestHasATown();
const KEY = 'aaaaaaaaaaaa';

/** The logs were searched; where their message is. */
async function searched(): Promise<{ readonly ts: string; readonly step: string }> {
  const { playbook } = town.engine.get(town.incident);
  const step = playbook?.steps.find(({ use }) => use === 'check-logs')?.id ?? '';
  for (let tries = 0; tries < 5 && town.engine.get(town.incident).current !== step; tries += 1) {
    const { current = '', steps } = town.engine.get(town.incident);
    const by = { slackId: 'U0ADA', name: 'ada', rank: 'member', groups: [] } as const;
    town.engine.feed(town.incident, { kind: 'command', by, command: { kind: 'skipStep', step: current, run: steps[current]?.run ?? 1, reason: '' } });
  }
  const found = [{ fingerprint: KEY, title: 'KeyError: x', count: 3, is_new: true, sample: 'KeyError: x' }];
  town.engine.feed(town.incident, { kind: 'stepEnded', step, run: 1, ending: { kind: 'done', outcome: 'done', say: '1 kind of error', data: { found } } });
  expect(stepOf(playbook, step)?.use).toBe('check-logs');
  return { ts: await town.show(`step:${step}:1`), step };
}

test('a click below a finding says that it is the cause, or that it is not; a guest’s changes nothing', async () => {
  const { ts, step } = await searched();
  await town.slack.as('U0GUEST').click(town.room, ts, 'judgeCause:confirmed');
  await town.settled();
  expect(town.engine.get(town.incident).causes).toEqual({});
  expect(town.privately('U0GUEST')).toContain('E_NOT_ALLOWED');
  await town.slack.as('U0ADA').click(town.room, ts, 'judgeCause:ruled-out');
  await town.settled();
  expect(town.engine.get(town.incident).causes).toMatchObject({ [KEY]: { verdict: 'ruled-out', by: 'ada' } });
  expect(town.privately('U0ADA')).toBe('');
  await town.slack.as('U0ADA').click(town.room, await town.show(`step:${step}:1`), 'judgeCause:confirmed');
  await town.settled();
  expect(town.engine.get(town.incident).causes).toMatchObject({ [KEY]: { verdict: 'confirmed' } });
});
