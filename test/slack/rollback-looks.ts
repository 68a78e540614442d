/** What a rollback's messages say and offer, as tests ask for it. */
import type { Incident } from '../../src/core/model.ts';
import { type Message, render } from '../../src/slack/view.ts';
import { texts } from '../contracts/slack.ts';
import { lastOf, rollbackStories } from './rollback-stories.ts';
import { play } from './stories.ts';

const CALL = ['U0ADA', 'U0BOB', 'S0SRE'];
export const show = (incident: Incident, slot = 'rollback:rb1'): Message => {
  const message = render(incident, slot, { links: {}, call: CALL });
  if (!message) throw new Error(`nothing in ${slot}`);
  return message;
};
export const read = (incident: Incident, slot?: string): string => texts(show(incident, slot).blocks).join('\n');
export const named = (name: string, words = 'words'): Incident => {
  const found = rollbackStories(words).find((story) => story.name === name);
  if (!found) throw new Error(`no story ${name}`);
  return lastOf(found);
};
export const asking = (...inputs: Parameters<typeof play>[1]): Incident => lastOf(play('asking', inputs));
export interface Pressed {
  readonly label: string;
  readonly action: string;
  readonly confirm: boolean;
  readonly style: string | undefined;
}
export const pressable = (incident: Incident, slot?: string): Pressed[] =>
  show(incident, slot).blocks.flatMap((block) =>
    block.type !== 'actions'
      ? []
      : block.elements.flatMap((element): Pressed[] => {
          if (element.type === 'button')
            return [{ label: element.text.text, action: element.action_id ?? '', confirm: element.confirm !== undefined, style: element.style }];
          return element.type === 'overflow'
            ? element.options.map(({ text, value }) => ({ label: text.text, action: value ?? '', confirm: false, style: undefined }))
            : [];
        }),
  );
export const labels = (incident: Incident, slot?: string): string[] => pressable(incident, slot).map(({ label }) => label);
