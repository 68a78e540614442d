/** Builders for form inputs. A block_id names the field; errors come back under it. */
import type { InputBlock, ModalView, Option } from '@slack/types';
import type { ServiceName } from './forms.ts';
import type { Block } from './view.ts';
import { type Aim, words } from './view-parts.ts';

export interface Look {
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
}
const base = (id: string, { label, hint, optional }: Look) => ({
  type: 'input' as const,
  block_id: id,
  label: words(label, 200),
  ...(hint && { hint: words(hint, 200) }),
  ...(optional && { optional: true }),
});

export function textInput(id: string, look: Look & { initial?: string; multiline?: boolean; maxChars: number; placeholder?: string }): InputBlock {
  const { initial, multiline, maxChars, placeholder } = look;
  return {
    ...base(id, look),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      max_length: maxChars,
      ...(multiline && { multiline: true }),
      ...(initial && { initial_value: initial.slice(0, maxChars) }),
      ...(placeholder && { placeholder: words(placeholder, 150) }),
    },
  };
}

/** `initial` must be one of the options' values; otherwise nothing is preselected. */
export function selectInput(id: string, look: Look & { options: readonly Option[]; initial?: string; dispatch?: boolean; action?: string }): InputBlock {
  const initial = look.options.find(({ value }) => value === look.initial);
  return {
    ...base(id, look),
    ...(look.dispatch && { dispatch_action: true }),
    element: {
      type: 'static_select',
      action_id: look.action ?? 'value',
      options: look.options.slice(0, 100).map((option) => option as never), // the SDK wants PlainTextOption; `choice` below makes nothing else
      ...(initial && { initial_option: initial as never }), // the same
    },
  };
}

export function personInput(id: string, look: Look): InputBlock {
  return { ...base(id, look), element: { type: 'users_select', action_id: 'value' } };
}

/** Slack checks the types only by name; readForm checks what Slack found inside. */
export function pictureInput(id: string, look: Look): InputBlock {
  return { ...base(id, look), element: { type: 'file_input', action_id: 'value', filetypes: ['png', 'jpg', 'jpeg', 'webp', 'gif'], max_files: 10 } };
}

/** A value holds at most 75 characters. */
export const choice = (label: string, value: string): Option => ({ text: words(label, 75), value });

export const severityOptions = (): Option[] => [
  choice('SEV1: many users cannot work', 'sev1'),
  choice('SEV2: some users, or an important part', 'sev2'),
  choice('SEV3: annoying, but there is a way around', 'sev3'),
];

/** Stands for "I don't know": an option cannot be empty. */
export const NO_SERVICE = '-';
export function serviceOptions(services: readonly ServiceName[]): Option[] {
  const fitting = services.filter(({ name }) => name.length <= 75).slice(0, 99);
  return [...fitting.map(({ name }) => choice(name, name)), choice("I don't know", NO_SERVICE)];
}

export function modal(view: { form: string; title: string; submit?: string; aim: Aim; blocks: readonly Block[] }): ModalView {
  return {
    type: 'modal',
    callback_id: view.form,
    title: words(view.title, 24),
    ...(view.submit && { submit: words(view.submit, 24) }),
    close: words('Cancel', 24),
    private_metadata: JSON.stringify(view.aim),
    blocks: [...view.blocks],
  };
}
