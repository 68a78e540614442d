/** Two small buttons below an error that was found: this is the cause, or it is not. Once somebody said so, their word, and the way to the other. */
import { type CauseVerdict, causeOf } from '../core/causes.ts';
import { bold, type Escaped, escapeLine, md } from './escape.ts';
import type { Block } from './view.ts';
import type { Judging } from './view-logs.ts';
import { type Aim, type ButtonLook, button } from './view-parts.ts';

/** Nothing while nobody said anything. */
export function causeLine(fingerprint: string, { causes }: Judging): readonly Escaped[] {
  const cause = causeOf(causes, fingerprint);
  if (!cause) return [];
  const by = escapeLine(cause.by, 80);
  return [cause.verdict === 'confirmed' ? md`✅ ${bold(md`The cause`)}, says ${by}` : md`🚫 ${bold(md`Ruled out`)} by ${by}`];
}

export function causeButtons({ fingerprint, title }: { fingerprint: string; title: string }, { aim, causes }: Judging): readonly Block[] {
  if (!aim || fingerprint === '') return [];
  const said = causeOf(causes, fingerprint)?.verdict;
  const looks = (['confirmed', 'ruled-out'] as const)
    .filter((verdict) => verdict !== said)
    .map((verdict) => lookOf({ verdict, isOther: said !== undefined }, { aim, fingerprint, title }));
  return [{ type: 'actions', block_id: `cause:${aim.step}:${aim.run}:${fingerprint}`.slice(0, 255), elements: looks.map(button) }];
}

function lookOf({ verdict, isOther }: { verdict: CauseVerdict; isOther: boolean }, of: { aim: Aim; fingerprint: string; title: string }): ButtonLook {
  const [label, spoken] = verdict === 'confirmed' ? ['This is it', 'The cause is'] : ['Not this', 'Not the cause:'];
  return {
    label: isOther ? `${label} after all` : label,
    action: `judgeCause:${verdict}`,
    aim: { ...of.aim, choice: `${verdict}:${of.fingerprint}` },
    spoken: `${spoken} ${of.title}`,
  };
}
