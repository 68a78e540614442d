import { describe, expect, it } from 'vitest';
import { MINUTE, Story, T0 } from '../core/given.ts';
import { kind, world } from './world.ts';

const story = () => new Story().withChannel().when({ kind: 'releaseSeen', release: { current: 'v2', previous: 'v1', deployedAt: T0 - 4 * MINUTE } });

describe('decide', () => {
  it.each([
    ['release.minutes_before_alert < 30', 'yes'],
    ['release.minutes_before_alert > 30', 'no'],
    ['alert.severity == "sev2" && service.name == "checkout-api"', 'yes'],
    ['alert.labels["alertname"] == "CheckoutHigh5xx"', 'yes'],
  ])('%s → %s', async (when, outcome) => {
    expect(await kind('decide').run({ when }, world(story()))).toMatchObject({ kind: 'done', outcome });
  });

  it('what is not known is neither yes nor no', async () => {
    await expect(async () => kind('decide').run({ when: 'release.minutes_before_alert < 30' }, world(new Story().withChannel()))).rejects.toMatchObject({
      code: 'E_PLAYBOOK_CONDITION',
    });
  });

  it('an answer that is no yes or no fails', async () => {
    expect(await kind('decide').run({ when: 'release.minutes_before_alert' }, world(story()))).toMatchObject({ kind: 'failed', code: 'E_PLAYBOOK_CONDITION' });
  });
});
