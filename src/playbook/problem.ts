/** Something wrong in a file, at a place. */
import type { Code } from '../lib/failure.ts';

/** Lines and columns count from 1. */
export interface Problem {
  readonly code: Code;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | undefined;
}

/** `error-rate.yml:7:3 E_PLAYBOOK_KEY unknown key 'stpes'. Did you mean 'steps'?` */
export function printProblem({ file, line, column, code, message, hint }: Problem): string {
  return `${file}:${line}:${column} ${code} ${message}${hint === undefined ? '' : `; ${hint}`}`;
}

/** What is seen is cut and stripped of anything that could move the cursor or break out of a message. */
export function shown(text: string, maxChars = 60): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
  return clean.length > maxChars ? `${clean.slice(0, maxChars)}…` : clean;
}
