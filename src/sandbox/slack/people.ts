/** users.* and usergroups.*: who is who. */
import { type Answer, type Call, flag, missing, page, refuse, text } from './call.ts';
import { SLACKBOT } from './state.ts';
import type { Fields, Group, Person, World } from './world.ts';

const ELSEWHERE = 'T0ELSEWHER';

export function describePerson(world: World, person: Person, withLocale = false): Fields {
  const { kind = 'member', realName = person.name } = person;
  return {
    id: person.id,
    team_id: kind === 'stranger' ? ELSEWHERE : world.team.id,
    name: person.name,
    real_name: realName,
    deleted: kind === 'deactivated',
    // Slack says of its own Slackbot that it is no bot.
    is_bot: kind === 'bot' && person.id !== SLACKBOT,
    is_restricted: kind === 'multi-channel-guest' || kind === 'single-channel-guest',
    is_ultra_restricted: kind === 'single-channel-guest',
    ...(kind === 'stranger' ? { is_stranger: true } : {}),
    is_admin: false,
    is_owner: false,
    is_app_user: false,
    tz: person.timeZone ?? 'Etc/UTC',
    ...(withLocale ? { locale: person.locale ?? 'en-US' } : {}),
    profile: {
      real_name: realName,
      display_name: person.name,
      ...(person.email ? { email: person.email } : {}),
      ...(person.id === world.bot.userId ? { bot_id: world.bot.botId, api_app_id: world.bot.appId } : {}),
    },
  };
}

export function userInfo(call: Call): Answer {
  const lacks = missing(call, 'user');
  if (lacks) return lacks;
  const person = call.world.people.get(text(call, 'user'));
  return person ? { ok: true, user: describePerson(call.world, person, flag(call, 'include_locale')) } : refuse('user_not_found');
}

export function listUsers(call: Call): Answer {
  const found = page(call, [...call.world.people.values()], { fallback: 1000, max: 1000 });
  if ('ok' in found) return found;
  const withLocale = flag(call, 'include_locale');
  return {
    ok: true,
    members: found.items.map((person) => describePerson(call.world, person, withLocale)),
    cache_ts: Math.floor(call.world.clock.now() / 1000),
    response_metadata: { next_cursor: found.next },
  };
}

export function lookupByEmail(call: Call): Answer {
  const person = [...call.world.people.values()].find(({ email, kind }) => email === text(call, 'email') && email !== undefined && kind !== 'deactivated');
  return person ? { ok: true, user: describePerson(call.world, person) } : refuse('users_not_found');
}

const describeGroup = (world: World, group: Group, withUsers: boolean): Fields => ({
  id: group.id,
  team_id: world.team.id,
  is_usergroup: true,
  name: group.name ?? group.handle,
  handle: group.handle,
  description: '',
  is_external: false,
  date_delete: 0,
  user_count: group.members.length,
  ...(withUsers ? { users: group.members } : {}),
});

export function listGroups(call: Call): Answer {
  const withUsers = flag(call, 'include_users');
  return { ok: true, usergroups: [...call.world.groups.values()].map((group) => describeGroup(call.world, group, withUsers)) };
}

export function listGroupUsers(call: Call): Answer {
  const lacks = missing(call, 'usergroup');
  if (lacks) return lacks;
  const group = call.world.groups.get(text(call, 'usergroup'));
  if (!group) return refuse('no_such_subteam');
  const isThere = (id: string) => flag(call, 'include_disabled') || call.world.people.get(id)?.kind !== 'deactivated';
  return { ok: true, users: group.members.filter(isThere) };
}

export function authTest(call: Call): Answer {
  const { team, bot } = call.world;
  return {
    ok: true,
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: bot.name,
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  };
}
