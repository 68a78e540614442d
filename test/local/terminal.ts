/** A terminal nobody sits at: what it prints is kept. */
import type { Terminal } from '../../src/local/terminal.ts';

export function terminalOf({ token, ...parts }: Pick<Terminal, 'place' | 'wait' | 'now'> & { token: string | undefined }): {
  terminal: Terminal;
  said(): string;
} {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  return { terminal: { ...parts, token: async () => token, out: keep, err: keep, confirm: undefined }, said: () => lines.join('\n') };
}
