/** Small typed builders over Slack's blocks. Mrkdwn builders take `Escaped` only; plain text is cleaned and cut here. */
import type { Button, ContextBlock, HeaderBlock, MrkdwnElement, PlainTextElement, SectionBlock, TaskCardBlock } from '@slack/types';
import { UNKNOWN_SERVICE } from '../core/correlate.ts';
import type { Incident } from '../core/model.ts';
import { bold, clip, type Escaped, joined, md, plain, plainLine } from './escape.ts';

/** `verbatim`: Slack turns nothing in it into links or mentions that we did not write as such. */
export const mrkdwn = (text: Escaped, maxChars = 3000): MrkdwnElement => ({ type: 'mrkdwn', text: clip(text, maxChars), verbatim: true });
export const words = (text: string, maxChars: number): PlainTextElement => ({ type: 'plain_text', text: plainLine(text, maxChars) || '–', emoji: true });

export const header = (text: string): HeaderBlock => ({ type: 'header', text: words(text, 150) });
export const section = (text: Escaped): SectionBlock => ({ type: 'section', text: mrkdwn(text) });
export const context = (...texts: readonly Escaped[]): ContextBlock => ({ type: 'context', elements: texts.slice(0, 10).map((text) => mrkdwn(text)) });

export function fields(...pairs: readonly (readonly [name: Escaped, value: Escaped])[]): SectionBlock {
  return { type: 'section', fields: pairs.slice(0, 10).map(([name, value]) => mrkdwn(joined([bold(name), value], '\n'), 2000)) };
}

/** As readers shall see it: a service that services.yml does not know has no name. */
export const serviceName = ({ service }: Incident): string => (service === UNKNOWN_SERVICE ? 'service not known' : service);

/** What a button or a form refers to; travels in `value` and `private_metadata` and is checked when it comes back. */
export interface Aim {
  readonly incident?: string;
  readonly step?: string;
  readonly run?: number;
  readonly rollback?: string;
  readonly choice?: string;
  /** When the plan that was shown expires: a plan made again has another time, and an old button must not agree to it. */
  readonly plan?: number;
  /** Only where no incident is known yet. */
  readonly service?: string;
}

export interface ButtonLook {
  readonly label: string;
  /** Command kind or the form it opens. */
  readonly action: string;
  readonly aim: Aim;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: { readonly title: string; readonly text: string; readonly yes: string };
  /** Said by screen readers instead of the label. */
  readonly spoken?: string;
}

export function button(look: ButtonLook): Button {
  const { label, action, aim, style, confirm, spoken } = look;
  return {
    type: 'button',
    text: words(label, 75),
    action_id: action,
    value: JSON.stringify(aim),
    ...(style && { style }),
    ...(spoken && { accessibility_label: plain(spoken, 75) }),
    ...(confirm && {
      confirm: {
        title: words(confirm.title, 100),
        text: words(confirm.text, 300),
        confirm: words(confirm.yes, 30),
        deny: words('Back', 30),
        ...(style === 'danger' && { style: 'danger' as const }),
      },
    }),
  };
}

/** State in words; a mark never stands alone. */
export function taskWord(status: unknown): Escaped {
  switch (status) {
    case 'complete':
      return md`✅ done:`;
    case 'in_progress':
      return md`▶ now:`;
    case 'error':
      return md`⛔ failed:`;
    default:
      return md`☐ next:`;
  }
}

export const task = (id: string, title: string, status: TaskCardBlock['status']): TaskCardBlock => ({
  type: 'task_card',
  task_id: id,
  title: plainLine(title, 150) || '–',
  status,
});
