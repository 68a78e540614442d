import { describe, expect, test } from 'vitest';
import { REST_OF_POLICY } from '../rests.ts';
import { ada, plan } from './stories.ts';
import { everyTestHasATown, fill } from './town.ts';

const town = everyTestHasATown();

describe('a rollback', () => {
  async function asked(): Promise<string> {
    await town.slack.as('U0ADA').slash(town.room, '/rollback', 'v2.13.2 --reason 5xx rose');
    await town.settled();
    town.engine.feed(town.incident, {
      kind: 'rollbackPlanned',
      id: 'rb1',
      plan: plan('fine', { approve: { require: 1, from: ['S0SRE'], requesterMay: false, expiresMs: 900_000, ...REST_OF_POLICY } }),
    });
    return town.show('rollback:rb1');
  }

  test('is asked for by a command, and approved by a member of the named group, whose membership is read at the click', async () => {
    const ts = await asked();
    expect(town.engine.get(town.incident).rollbacks.rb1).toMatchObject({ tag: 'v2.13.2', reason: '5xx rose', stage: 'asking' });
    await town.slack.as('U0ADA').click(town.room, ts, 'approveRollback');
    await town.settled();
    expect(town.privately('U0ADA')).toContain('You asked for this rollback; somebody else has to approve it. (E_NOT_ALLOWED)');
    await town.slack.as('U0BOB').click(town.room, ts, 'approveRollback');
    await town.settled();
    expect(town.engine.asked.at(-1)).toMatchObject({ by: { slackId: 'U0BOB', groups: ['S0SRE'] }, command: { kind: 'approveRollback', rollback: 'rb1' } });
    expect(town.engine.get(town.incident).rollbacks.rb1?.stage).toBe('applying');
  });

  test('is not approved when Slack cannot say who clicked', async () => {
    const ts = await asked();
    town.slack.faults.next('users.info', '500');
    await town.slack.as('U0BOB').click(town.room, ts, 'approveRollback');
    await town.settled();
    expect(town.engine.get(town.incident).rollbacks.rb1?.stage).toBe('asking');
    expect(town.privately('U0BOB')).toContain('(E_SLACK)');
  });

  test('is declined with a reason', async () => {
    await town.slack.as('U0BOB').click(town.room, await asked(), 'declineRollback');
    await town.settled();
    await town.slack.as('U0BOB').submit(town.views().at(-1)?.id ?? '', fill({ text: { value: 'the migration ran' } }));
    await town.settled();
    expect(town.engine.get(town.incident).rollbacks.rb1).toMatchObject({ stage: 'declined', because: 'the migration ran' });
  });

  test('without a tag a form comes up with the newest healthy release chosen', async () => {
    await town.slack.as('U0ADA').slash(town.room, '/rollback');
    await town.settled();
    const view = town.views().at(-1);
    expect(JSON.stringify(view)).toContain('"initial_option":{"text":{"type":"plain_text","text":"v2.13.2, 6 days"');
    await town.slack.as('U0ADA').submit(view?.id ?? '', fill({ reason: { value: 'form' } }));
    await town.settled();
    expect(town.engine.get(town.incident).rollbacks.rb1).toMatchObject({ tag: 'v2.13.2', reason: 'form' });
  });

  test('C01: /rollback alone, outside, shows how, with the last three releases to copy', async () => {
    await town.slack.as('U0ADA').slash('general', '/rollback');
    await town.settled();
    for (const tag of ['v2.13.2', 'v2.13.1', 'v2.12.0']) expect(town.privately('U0ADA')).toContain(`/rollback checkout-api ${tag}`);
    expect(town.privately('U0ADA')).not.toContain('v1.0.0');
  });

  test('C08: a mistyped tag of a service without an open incident opens none, and names the nearest', async () => {
    town.engine.feed(town.incident, { kind: 'command', by: ada, command: { kind: 'resolve', summary: '' } });
    await town.slack.as('U0ADA').slash('general', '/rollback', 'checkout-api v2.13.3');
    await town.settled();
    expect(town.privately('U0ADA')).toMatch(/v2\.13\.3.*not among.*v2\.13\.2, v2\.13\.1.*E_TAG_UNKNOWN/s);
    expect(town.engine.opened).toEqual([]);
  });

  test('asked for elsewhere it joins the open incident of its service, and says where the plan appears', async () => {
    await town.slack.as('U0ADA').slash('general', '/rollback', 'checkout-api v2.13.2');
    await town.settled();
    expect(town.engine.opened).toEqual([]);
    expect(town.engine.asked.map(({ command }) => command.kind)).toEqual(['requestRollback']);
    expect(town.privately('U0ADA')).toContain(`<#${town.room}>`);
  });

  test('the form outside any incident asks for the service first', async () => {
    await town.slack.as('U0ADA').slash('general', '/rollback');
    await town.settled();
    const message = town.slack.world.ephemerals.at(-1)?.message;
    await town.slack.as('U0ADA').click('general', message?.ts ?? '', 'requestRollback');
    await town.settled();
    const view = town.views().at(-1);
    await town.slack.as('U0ADA').clickInView(view?.id ?? '', 'pickService', 'checkout-api');
    await town.settled();
    expect(JSON.stringify(town.slack.world.views.get(view?.id ?? '')?.view)).toContain('tag:checkout-api');
    await town.slack.as('U0ADA').submit(view?.id ?? '', {
      service: { pickService: { selected_option: 'checkout-api' } },
      'tag:checkout-api': { value: { selected_option: 'v2.13.1' } },
    });
    await town.settled();
    expect(town.engine.get(town.incident).rollbacks.rb1).toMatchObject({ tag: 'v2.13.1' });
  });
});

describe('/incident', () => {
  test.each([
    ['status', 'SEV2'],
    ['next', 'Collect words'],
    ['catchup', 'checkout fails'],
    ['timeline', 'Timeline of INC-1'],
    ['help', '/incident severity'],
    ['halp', 'Did you mean /incident help? (E_UNKNOWN_COMMAND)'],
    ['severity sev1', 'Now SEV1.'],
    ['note it began with the deploy', 'It is in the timeline.'],
    ['resolve it was the cache', 'Resolved.'],
    ['lead', 'is the lead now'],
    ['lead <@U0BOB|bob>', 'bob is the lead now'],
  ])('%s', async (text, says) => {
    expect(await town.slack.as('U0ADA').slash(town.room, '/inc', text)).toMatchObject({ kind: 'acked' });
    await town.settled();
    expect(town.privately('U0ADA')).toContain(says);
    expect(town.privately('U0BOB')).toBe('');
  });

  test.each(['note', 'update', 'resolve', 'severity', 'new'])('%s without words opens a form', async (text) => {
    await town.slack.as('U0ADA').slash(town.room, '/incident', text);
    await town.settled();
    expect(town.views()).toHaveLength(1);
    expect(town.engine.asked).toEqual([]);
  });

  test('elsewhere it lists what is open; C15: a command that needs an incident names the ones there are', async () => {
    await town.slack.as('U0ADA').slash('general', '/incident');
    await town.slack.as('U0ADA').slash('general', '/incident', 'close');
    await town.settled();
    expect(town.privately('U0ADA')).toContain('1 incident is open.');
    expect(town.privately('U0ADA')).toMatch(/needs to know which incident.*E_CONTEXT.*INC-1/s);
  });

  test('new opens at once, with the person as reporter', async () => {
    await town.slack.as('U0ADA').slash('general', '/incident', 'new sev1 payment Cards are refused');
    await town.settled();
    expect(town.engine.opened).toMatchObject([{ title: 'Cards are refused', service: 'payment', severity: 'sev1', by: { slackId: 'U0ADA', rank: 'member' } }]);
    expect(town.privately('U0ADA')).toContain('INC-2 is open.');
  });

  test('page calls people into the channel, and writes it down', async () => {
    await town.slack.as('U0ADA').slash(town.room, '/incident', 'page <!subteam^S0SRE|@sre>');
    await town.settled();
    expect(
      town.slack.world.channels
        .get(town.room)
        ?.messages.map(({ text }) => text)
        .join(),
    ).toContain('<!subteam^S0SRE> ada needs you here');
    expect(town.engine.asked).toMatchObject([{ command: { kind: 'note', text: 'called group S0SRE' } }]);
  });

  test('postmortem puts the draft into the channel', async () => {
    await town.slack.as('U0ADA').slash(town.room, '/incident', 'postmortem');
    await town.settled();
    expect([...town.slack.world.files.values()].map(({ name, channels }) => [name, channels])).toEqual([['inc-1-postmortem.md', [town.room]]]);
  });
});
