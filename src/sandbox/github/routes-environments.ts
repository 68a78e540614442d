/** Environments and what protects them. */
import { type Answer, type Json, notFound, ok, paginate } from './answer.ts';
import { environmentNames } from './environments.ts';
import type { Call, Route } from './router.ts';
import { environmentJson } from './shapes-deployments.ts';

const READ = { permission: 'actions', access: 'read' } as const;
const ENVIRONMENTS = '/repos/:owner/:repo/environments';

export const environmentRoutes: readonly Route[] = [
  { method: 'GET', path: ENVIRONMENTS, need: READ, answer: listEnvironments },
  { method: 'GET', path: `${ENVIRONMENTS}/:environment`, need: READ, answer: oneEnvironment },
];

function environmentOf({ world, at }: Call, name: string): Json {
  const since = world.runs().at(-1)?.createdAt ?? world.now();
  return environmentJson(at, name, { seed: world.options.environments[name] ?? {}, since });
}

const namesOf = ({ world }: Call): readonly string[] => environmentNames(world.options.environments, world.deployments());

function listEnvironments(call: Call): Answer {
  const names = namesOf(call);
  const { items, headers } = paginate(names, call.query, call.at.api + call.path);
  return ok({ total_count: names.length, environments: items.map((name) => environmentOf(call, name)) }, headers);
}

function oneEnvironment(call: Call): Answer {
  const { environment = '' } = call.params;
  return namesOf(call).includes(environment) ? ok(environmentOf(call, environment)) : notFound;
}
