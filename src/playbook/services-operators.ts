/** `operators:` of services.yml: who may act from a terminal, each as one person of Slack. */
import type { Operator } from '../core/service.ts';
import { problem } from './issues.ts';
import type { Problem } from './problem.ts';
import type { OperatorEntry } from './services-shape.ts';
import type { YamlSource } from './yaml-values.ts';

export const readOperator = ({ name, slack, groups, token_sha256: tokenSha256 }: OperatorEntry): Operator => ({ name, slackId: slack, groups, tokenSha256 });

/** Two entries for one person, or one token for two, would let one person be both who asks and who approves. */
export function operatorProblems(source: YamlSource, operators: readonly OperatorEntry[]): readonly Problem[] {
  return (['name', 'slack', 'token_sha256'] as const).flatMap((key) => {
    const owners = new Map<string, string>();
    return operators.flatMap((operator, index) => {
      const value = operator[key].toLowerCase();
      const owner = owners.get(value);
      if (owner === undefined) owners.set(value, operator.name);
      if (owner === undefined) return [];
      return [
        problem({ source, path: ['operators', index, key] }, 'E_PLAYBOOK_ID', `this ${key} belongs to the operator '${owner}' already; one person, one entry`),
      ];
    });
  });
}
