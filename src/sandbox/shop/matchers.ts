/** `{service="checkout-api",code=~"5.."}` */
import type { Scanner } from './scanner.ts';
import type { Labels } from './series.ts';

export interface Matcher {
  readonly label: string;
  fits(value: string): boolean;
}

/** A label that is not there has the empty value, as in Prometheus. */
export const matches = (matchers: readonly Matcher[], labels: Labels): boolean => matchers.every((one) => one.fits(labels[one.label] ?? ''));

export function readMatchers(scan: Scanner): readonly Matcher[] {
  const matchers: Matcher[] = [];
  scan.expect('{');
  while (scan.take(['}']) === undefined) {
    const label = scan.identifier();
    if (label === undefined) throw scan.fail('unexpected character inside braces, expected a label name or "}"');
    const operator = scan.take(['=~', '!~', '!=', '=']);
    if (operator === undefined) throw scan.fail('unexpected character inside braces, expected one of = != =~ !~');
    const wanted = scan.string();
    const pattern = operator.endsWith('~') ? scan.regex(wanted, true) : undefined;
    const isWanted = (value: string) => (pattern ? pattern.test(value) : value === wanted);
    matchers.push({ label, fits: operator.startsWith('!') ? (value) => !isWanted(value) : isWanted });
    if (scan.take([',']) === undefined && !/^\s*\}/.test(scan.rest())) throw scan.fail('unexpected character inside braces, expected "," or "}"');
  }
  return matchers;
}
