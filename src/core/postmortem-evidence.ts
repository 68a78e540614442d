/** The addresses people named and who reported it, as the postmortem tells them. */
import { sayBoard, type UrlLook } from './evidence.ts';
import { section, table, text } from './markdown.ts';
import type { Incident, Instant } from './model.ts';

/** undefined: none was opened. */
export function addresses({ board }: Pick<Incident, 'board'>, iso: (at: Instant) => string): string | undefined {
  if (board.length === 0) return undefined;
  const look = (seen: UrlLook | undefined): string => (seen ? text(sayLook(seen, iso)) : 'not opened again');
  const rows = board.map(({ url, before, after }) => [
    `\`${url.replaceAll('`', '').replaceAll('|', '%7C')}\``,
    look(before),
    look(before.kind === 'not-opened' ? before : after),
  ]);
  return section('Addresses before and after', `${sayBoard(board)}.\n\n${table(['Address', 'When named', 'After the fix'], rows)}`);
}

function sayLook(look: UrlLook, iso: (at: Instant) => string): string {
  switch (look.kind) {
    case 'answered':
      return `${look.status} in ${look.ms} ms at ${iso(look.at).slice(11)}`;
    case 'silent':
      return `no answer at ${iso(look.at).slice(11)}: ${look.because}`;
    case 'not-opened':
      return 'not opened';
  }
}

/** undefined: nobody reported it. */
export function reportersOf({ reporters }: Pick<Incident, 'reporters'>): string | undefined {
  if (reporters.length === 0) return undefined;
  const lines = reporters.map(({ name, said }) => `- ${text(name)}: ${said ? (said.fixed ? 'fixed' : '**not fixed**') : 'was not asked, or did not answer'}`);
  return section('Fixed for who reported it?', lines.join('\n'));
}
