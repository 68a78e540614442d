/** The person at the terminal: what they type unseen, and their yes. Questions go to standard error, so that what is piped stays clean. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Typed without being shown; undefined: they gave up. */
export function askHidden(question: string): Promise<string | undefined> {
  process.stderr.write(question);
  const dark = new Writable({ write: (_chunk, _encoding, done) => done() });
  return askLine(dark, '').finally(() => process.stderr.write('\n'));
}

export async function askYes(question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test((await askLine(process.stderr, `${question} [y/N] `))?.trim() ?? '');
}

function askLine(output: NodeJS.WritableStream, question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output, terminal: true });
    lines.once('close', () => resolve(undefined)); // Ctrl-C and Ctrl-D
    lines.question(question, (line) => {
      resolve(line.trim());
      lines.close();
    });
  });
}
