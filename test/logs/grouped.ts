import { groupErrors } from '../../src/logs/fingerprint.ts';

/** Of lines that nobody waits for long enough to stop. */
export const grouped = (lines: Parameters<typeof groupErrors>[0]) => groupErrors(lines, new AbortController().signal);
