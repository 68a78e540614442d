/** The people of the sandbox at a terminal. */
import { hash } from 'node:crypto';

export interface Member {
  readonly name: string;
  readonly slack: string;
  readonly groups: readonly string[];
  readonly token: string;
}

const member = (name: string, groups: readonly string[]): Member => ({
  name,
  slack: `U0${name.toUpperCase()}`,
  groups,
  token: `tbop_${hash('sha256', name, 'base64url')}`,
});

export const ADA = member('ada', ['S0ONCALL']);
export const GRACE = member('grace', ['S0APPROVE']);
export const LIN = member('lin', ['S0ONCALL', 'S0APPROVE']);

/** As `tagback operator-token` prints it. */
export const OPERATORS = `operators:\n${[ADA, GRACE, LIN]
  .map(
    ({ name, slack, groups, token }) =>
      `  - { name: ${name}, slack: ${slack}, groups: [${groups.join(', ')}], token_sha256: ${hash('sha256', token, 'hex')} }\n`,
  )
  .join('')}`;
