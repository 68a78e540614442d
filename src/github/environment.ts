/** What GitHub itself puts between a run and its deploy. */
import type { RollbackFacts } from '../core/rollback-facts.ts';
import type { Desk } from './desk.ts';
import { EnvironmentShape } from './shapes.ts';

type Protection = NonNullable<RollbackFacts['protection']>;
const OPEN: Protection = { reviewers: false, waitMinutes: 0, branchPolicy: false };

/** An environment that does not exist protects nothing; GitHub makes it when the first job names it. */
export async function readProtection({ github, ...rest }: Desk, environment: string): Promise<Protection> {
  const found = await github.find({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/environments/{environment_name}',
    params: { environment_name: environment },
    to: `read the rules of the environment ${environment} of ${rest.repo}`,
    schema: EnvironmentShape,
  });
  if (found === undefined) return OPEN;
  const { protection_rules: rules, deployment_branch_policy: policy } = found;
  return {
    reviewers: rules.some(({ type }) => type === 'required_reviewers'),
    waitMinutes: Math.max(0, ...rules.map((rule) => (rule.type === 'wait_timer' ? (rule.wait_timer ?? 0) : 0))),
    branchPolicy: (policy ?? null) !== null || rules.some(({ type }) => type === 'branch_policy'),
  };
}
