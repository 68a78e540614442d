/** Who somebody is, as the workspace knows them now. Approvals rest on this, so nothing here is older than five seconds. */
import type { Person } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { plainLine } from './escape.ts';
import { record } from './loose.ts';
import type { Identity, Talk } from './talk.ts';
import type { Lanes } from './talk-lane.ts';

const FRESH_MS = 5_000;
const NAME_MAX_CHARS = 80;

interface Parts {
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly identity: () => Promise<Identity>;
}

export function people({ lanes, clock, identity }: Parts): Pick<Talk, 'person'> & { groupUsers(group: string): Promise<readonly string[]> } {
  const users = shortMemory(clock, async (id: string) => record((await lanes.call('users.info', { user: id }, { write: false })).user));
  const groups = shortMemory(clock, async (id: string) => {
    const { users: members } = await lanes.call('usergroups.users.list', { usergroup: id }, { write: false });
    return Array.isArray(members) ? members.map(String) : [];
  });
  return {
    groupUsers: groups,
    async person(slackId, named) {
      const [user, us, ...memberships] = await Promise.all([
        users(slackId),
        identity(),
        ...named.map(async (id) => ((await groups(id)).includes(slackId) ? [id] : [])),
      ]);
      return { slackId, name: nameOf(user, slackId), rank: rankOf(user, us), groups: memberships.flat() };
    },
  };
}

/** Whatever does not clearly say "full member of this workspace" is less than one. */
function rankOf(user: Readonly<Record<string, unknown>>, us: Identity): Person['rank'] {
  if (user.deleted === true) return 'deactivated';
  if (user.is_bot === true || user.id === 'USLACKBOT') return 'bot';
  const teams = record(user.enterprise_user).teams;
  const home = user.team_id === us.teamId || (Array.isArray(teams) && teams.includes(us.teamId));
  if (!home || user.is_stranger === true) return 'foreign';
  return user.is_restricted === true || user.is_ultra_restricted === true ? 'guest' : 'member';
}

function nameOf(user: Readonly<Record<string, unknown>>, fallback: string): string {
  const profile = record(user.profile);
  const names = [profile.display_name, profile.real_name, user.real_name, user.name];
  const name = names.find((value): value is string => typeof value === 'string' && plainLine(value, NAME_MAX_CHARS) !== '');
  return name === undefined ? fallback : plainLine(name, NAME_MAX_CHARS);
}

/** Asks once per id within `FRESH_MS`, also when several ask at the same moment; a failure is not remembered. */
function shortMemory<T>(clock: Clock, ask: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, { at: number; value: Promise<T> }>();
  return (id) => {
    const now = clock.now();
    for (const [key, entry] of known) if (now - entry.at >= FRESH_MS) known.delete(key);
    const before = known.get(id);
    if (before) return before.value;
    const value = ask(id);
    known.set(id, { at: now, value });
    value.catch(() => known.delete(id));
    return value;
  };
}
