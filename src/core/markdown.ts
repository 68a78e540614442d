/** Markdown as GitHub reads it, with text from outside that stays text. */

export const section = (title: string, body: string): string => `## ${title}\n\n${body}`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Outside text inside Markdown: no markup, no HTML, one line. */
export function text(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|]/g, (char) => (char === '<' ? '&lt;' : char === '>' ? '&gt;' : `\\${char}`));
}
