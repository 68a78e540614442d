/** Slack shows an ephemeral message to members of its channel only; who acts from elsewhere must read their answer all the same. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { lit, planned, REASON } from './rollback-stories.ts';
import { ada, said } from './stories.ts';
import { everyTestHasATown, fill } from './town.ts';

const town = everyTestHasATown();
const where = (user: string): readonly string[] => town.slack.world.ephemerals.filter((one) => one.user === user).map(({ channel }) => channel);

/** Somewhere else, where the bot is not either: it could post nothing there. */
let lobby: string;
beforeEach(async () => {
  const { world } = town.slack;
  lobby = town.slack.channelId('lobby');
  for (const user of ['U0LIN', 'U0EVE', 'U0ADA']) world.channels.get(lobby)?.members.add(user);
});
async function typed(user: string, text: string): Promise<void> {
  await town.slack.as(user).slash('lobby', '/incident', text);
  await town.settled();
}
async function sends(user: string, fields: Parameters<typeof fill>[0]): Promise<void> {
  expect(await town.slack.as(user).submit(town.views().at(-1)?.id ?? '', fill(fields))).not.toHaveProperty('errors');
  await town.settled();
}

test('the mini Slack refuses an ephemeral message to somebody outside the channel, as Slack does', async () => {
  await expect(town.talk.ephemeral(town.room, 'U0LIN', 'x' as never)).rejects.toMatchObject({ path: 'user_not_in_channel' });
});

describe('who is not in the incident’s channel', () => {
  test('reads why a form was refused, where they opened it', async () => {
    await typed('U0EVE', 'INC-1 resolve');
    await sends('U0EVE', { text: { value: 'it is fine' } });
    expect(town.engine.get(town.incident).phase).toBe('open');
    expect(town.privately('U0EVE')).toContain('Only full members of this workspace can do that. (E_NOT_ALLOWED)');
    expect(where('U0EVE')).toEqual([lobby]);
    expect(town.slack.requests.map(({ method }) => method)).not.toContain('views.update'); // that form is closed
  });

  test('reads what came of a form about a plan that was made again meanwhile', async () => {
    town.engine.feed(town.incident, said(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: '5xx rose', step: undefined }));
    town.engine.feed(town.incident, planned(lit('red')));
    const ts = await town.show('rollback:rb1');
    await town.slack.as('U0LIN').click(town.room, ts, 'approveRollback');
    await town.settled();
    town.engine.feed(town.incident, said(ada, { kind: 'cancelRollback', rollback: 'rb1' }));
    await sends('U0LIN', { text: { value: REASON } });
    expect(town.privately('U0LIN')).toContain('This rollback is cancelled; there is nothing to approve. (E_NOT_NOW)');
  });

  test('reads the answer of a click on the card of a channel they only look at', async () => {
    const ts = await town.show('card');
    await town.slack.as('U0EVE').click(town.room, ts, 'acknowledge');
    await town.settled();
    expect(town.privately('U0EVE')).toContain('(E_NOT_ALLOWED)');
  });

  test('reads in the form itself what comes of one that stays open', async () => {
    await typed('U0EVE', 'new');
    await sends('U0EVE', { title: { value: 'cart is empty' } });
    expect(JSON.stringify(town.views().at(-1))).toContain('is open');
    expect(town.privately('U0EVE')).toBe('');
  });

  test('who closed that form meanwhile reads it where they typed the command', async () => {
    await typed('U0EVE', 'new');
    const view = town.views().at(-1)?.id ?? '';
    const open = town.engine.openIncident;
    town.engine.openIncident = async (ask, once) => {
      town.slack.world.views.delete(view);
      return open(ask, once);
    };
    await sends('U0EVE', { title: { value: 'cart is empty' } });
    expect(town.privately('U0EVE')).toContain('is open');
    expect(where('U0EVE')).toEqual([lobby]);
  });

  test('reads it when the incident of a form is not known any more', async () => {
    await typed('U0LIN', 'INC-1 note');
    town.engine.incident = async () => {
      throw new Failure('E_UNKNOWN_INCIDENT', 'I know no incident INC-1; nothing was done');
    };
    await sends('U0LIN', { text: { value: 'seen here, too' } });
    expect(town.privately('U0LIN')).toContain('(E_UNKNOWN_INCIDENT)');
  });

  test('a form of a member of the channel is answered where they opened it, too', async () => {
    await typed('U0ADA', 'INC-1 resolve');
    town.engine.feed(town.incident, said(ada, { kind: 'resolve', summary: 'by hand' }));
    await sends('U0ADA', { text: { value: 'it is fine' } });
    expect(town.privately('U0ADA')).toContain('is resolved. Reopen it first. (E_NOT_NOW)');
    expect(where('U0ADA')).toEqual([lobby]);
  });
});
