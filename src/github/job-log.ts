/** The last lines of a job that failed, as people read them: no clock, no colours, no secrets. */
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import { Failure } from '../lib/failure.ts';
import { lineScrubber } from '../lib/scrub.ts';
import type { Desk } from './desk.ts';

const LINES_KEPT = 20;
const LINE_MAX = 300;
/** A server that sends no redirect sends the whole log; only its end is looked at. */
const TEXT_MAX = 64 * 1024;

/** undefined: it could not be read; GitHub forgets logs after a while and may keep them where we do not follow. */
export async function readJobLog({ github, ...rest }: Desk, jobId: number): Promise<readonly string[] | undefined> {
  try {
    const text = await github.read({
      ...rest,
      route: 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
      params: { job_id: jobId },
      to: `read the log of job ${jobId} of ${rest.repo}`,
      schema: z.string(),
    });
    return lastLines(text);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

const TIMESTAMP = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?/;
/** How runners mark lines, and how GitHub's own pages show them. */
const MARKS: Readonly<Record<string, string>> = { error: 'Error: ', warning: 'Warning: ', notice: 'Notice: ' };
const MARK = /^##\[([a-z]{1,20})\]/;

export function lastLines(text: string): readonly string[] {
  const scrub = lineScrubber();
  const lines = text
    .slice(-TEXT_MAX)
    .split(/\r\n|[\n\r]/)
    .map((line) => stripVTControlCharacters(line.replace(TIMESTAMP, '')).replace(/\p{C}+/gu, ' '))
    .filter((line) => line.trim() !== '' && line !== '##[endgroup]');
  // What runs after the failure is the runner tidying up.
  const failed = lines.findLastIndex((line) => line.startsWith('##[error]'));
  const told = failed === -1 ? lines : lines.slice(0, failed + 1);
  const plain = told.map((line) => scrub(line.replace(MARK, (_, mark: string) => MARKS[mark] ?? '')).trimEnd());
  return plain.slice(-LINES_KEPT).map((line) => (line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line));
}
