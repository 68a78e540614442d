/** Who may ask, approve and break the glass: what the words allow and nobody can have meant. */
import type { Json } from '../core/model.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Catalog, Service } from '../core/service.ts';
import { type At, problem } from './issues.ts';
import { type ServicePolicyProblem, servicePolicyProblems } from './policy.ts';
import type { Problem } from './problem.ts';
import type { YamlSource } from './yaml-values.ts';

/** Looked for in what is written, because defaults hide whether `from:` was there. */
export function approvalProblems(source: YamlSource): readonly Problem[] {
  const services = field(source.value, 'services');
  return Object.keys(typeof services === 'object' && services !== null ? services : {}).flatMap((name) => {
    const at = ['services', name, 'rollback', 'approve'];
    const found = servicePolicyProblems(field(field(field(services, name), 'rollback'), 'approve'));
    return found.map(({ path, message }: ServicePolicyProblem) => problem({ source, path: [...at, ...path] }, 'E_PLAYBOOK_POLICY', message));
  });
}
const field = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined; // no list: a mapping

/** Nobody looks while it acts, so it must be able to see for itself what runs and whether it helped. `ways`: strategies that are written, good or bad. */
export function automaticProblems(at: At, { health, rollback }: Service, ways: number): readonly Problem[] {
  if (!rollback.automatic) return [];
  const missing = [
    ...(ways === 0 ? ['an entry under rollback.strategies, it has no way back'] : []),
    ...(health.version ? [] : ['health.version, nobody could tell that the old release is back']),
    ...(health.errorRate ? [] : ['health.error_rate, nobody could tell whether it helped']),
    ...(rollback.automatic.countdownMs < rollback.approve.expiresMs ? [] : ['a countdown shorter than approve.expires, it would expire before it begins']),
  ];
  return missing.map((what) => problem(at, 'E_PLAYBOOK_POLICY', `a rollback that nobody watches is not allowed here: without ${what}`));
}

/** A playbook can only tighten: people it names who may not approve here are left out, and if that leaves nobody, its whole list is. */
export function ignoredApprovers(source: YamlSource, { services, defaultPlaybook }: Catalog, loaded: readonly Playbook[]): readonly Problem[] {
  return services.flatMap(({ name, playbook = defaultPlaybook, rollback }) => {
    const { from } = rollback.approve;
    const steps = loaded.find((one) => one.name === playbook)?.steps ?? [];
    return steps.flatMap(({ id, use, params }) => {
      const asked = use === 'rollback' ? approversOf(params) : [];
      if (from.length === 0 || asked.length === 0 || asked.some((one) => from.includes(one))) return [];
      return [
        problem({ source, path: ['services', name, 'rollback', 'approve', 'from'] }, 'E_PLAYBOOK_POLICY', [
          `the step '${id}' of playbook '${playbook}' wants ${asked.join(', ')} to approve, and none of them may here: its list is ignored, and ${from.join(', ')} approve`,
          'name at least one of them in both, or leave from: out of the playbook',
        ]),
      ];
    });
  });
}

function approversOf(params: Readonly<Record<string, Json>>): readonly string[] {
  const from = field(params.approve, 'from');
  return Array.isArray(from) ? from.filter((id) => typeof id === 'string') : [];
}
