/**
 * The people of the demo, but stubborn: what did not work because the bot was down they do again, and what was taken without anything
 * happening they do again after a moment. They know only what Slack shows them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Reader, readSlack } from '../../src/sandbox/demo/reader.ts';
import { screenshot } from '../../src/sandbox/demo/screenshot.ts';
import type { Fields, Values } from '../../src/sandbox/slack/world.ts';
import type { Stage } from '../../src/sandbox/stage.ts';

/** The bot was away: a person tries again this soon. */
const AFTER_FAILURE_MS = 250;
/** Slack took the click and nothing happened: a person waits this long before clicking again. */
const AFTER_SILENCE_MS = 2_500;
const LOOK_MS = 40;

interface Errand {
  /** What is waited for, for the sentence when it does not come. */
  readonly what: string;
  done(): boolean;
  /** What can be done about it now; undefined: nothing is there to press yet. */
  act?(rested: Rested): Act | undefined;
}
/** Whether this thing was not done just now. */
type Rested = (thing: string) => boolean;
interface Act {
  /** Not done again without waiting: this thing, and what would lead back to it. */
  readonly things: readonly string[];
  /** Whether the bot took it. */
  readonly taken: Promise<boolean>;
}
export interface Played {
  /** Things that were done more than once. A person who repeats something may leave a trace of both. */
  readonly repeated: ReadonlySet<string>;
}

/** Plays the incident to its postmortem. Rejects with a sentence that says what did not come. */
export async function playStubbornly(stage: Stage, patienceMs: number): Promise<Played> {
  const repeated = new Set<string>();
  for (const errand of errands(stage)) await run(errand, { patienceMs, repeated });
  return { repeated };
}

async function run(errand: Errand, { patienceMs, repeated }: { patienceMs: number; repeated: Set<string> }): Promise<void> {
  const deadline = performance.now() + patienceMs;
  const notBefore = new Map<string, number>();
  while (!errand.done()) {
    if (performance.now() >= deadline)
      throw new Error(`${errand.what} did not come within ${patienceMs / 1_000} s (tried: ${[...notBefore.keys()].join(', ')})`);
    await attempt(errand, { notBefore, repeated });
    await sleep(LOOK_MS);
  }
}

async function attempt(errand: Errand, { notBefore, repeated }: { notBefore: Map<string, number>; repeated: Set<string> }): Promise<void> {
  const act = errand.act?.((thing) => performance.now() >= (notBefore.get(thing) ?? 0));
  if (!act) return;
  const taken = await act.taken.catch(() => false); // what was to be pressed went away between looking and pressing
  for (const thing of act.things) {
    if (notBefore.has(thing)) repeated.add(thing);
    notBefore.set(thing, performance.now() + (taken ? AFTER_SILENCE_MS : AFTER_FAILURE_MS));
  }
}

function errands(stage: Stage): readonly Errand[] {
  const reader = readSlack(stage.slack);
  const says = (words: RegExp) => (): boolean => reader.message(words) !== undefined;
  const shows = (slot: RegExp) => (): boolean => slotsIn(stage).some((name) => slot.test(name));
  const press = (who: string, label: RegExp) => (rested: Rested) => pressIfThere(stage, reader, { who, label, rested });
  return [
    { what: 'the card', done: shows(/^card$/) },
    { what: 'the lead', done: says(/, lead ada/), act: press('U0ADA', /take the lead|acknowledge/i) },
    { what: 'the log search', done: shows(/^step:check-logs:/), act: (rested) => collect(stage, reader, rested) },
    { what: 'the plan', done: shows(/^rollback:/), act: press('U0ADA', /^roll back$/i) },
    { what: 'the dispatch', done: () => stage.github.effects.length > 0, act: press('U0GRACE', /approve/i) },
    { what: 'the old release', done: () => stage.shop.release() === 'v2.13.2' },
    { what: 'the verdict', done: says(/recovered/i) },
    // Who resolves while the alert still fires does not hear that it cleared.
    { what: 'the end of the alert', done: says(/alert cleared/i) },
    { what: 'the postmortem', done: shows(/^postmortem$/), act: (rested) => resolve(stage, reader, rested) },
  ];
}

/** Names of the bot's messages in the incident's channel. */
function slotsIn(stage: Stage): readonly string[] {
  const channels = [...stage.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-'));
  return channels.flatMap(({ messages }) => messages.map(({ metadata }) => String(metadata?.event_payload.slot ?? '')));
}

function pressIfThere(stage: Stage, reader: Reader, { who, label, rested }: { who: string; label: RegExp; rested: Rested }): Act | undefined {
  const button = reader.button(label);
  const thing = label.source;
  if (!button || !rested(thing)) return undefined;
  const target = button.blockId === undefined ? button.actionId : { blockId: button.blockId, actionId: button.actionId };
  const click = stage.slack.as(who).click(button.channel.id, button.message.ts, target, button.value);
  return { things: [thing], taken: click.then(({ kind }) => kind === 'acked') };
}

/** A form that is still on the screen is sent again; else the button that opens it is pressed. */
function fillForm(stage: Stage, reader: Reader, form: { label: RegExp; title: RegExp; rested: Rested; answer: Answerer }): Act | undefined {
  const { label, title, rested, answer } = form;
  const modal = reader.modal('U0ADA');
  if (!modal) return pressIfThere(stage, reader, { who: 'U0ADA', label, rested });
  // A click that was repeated has opened a second form; what it is for is done by now.
  if (!title.test(modal.title))
    return {
      things: [modal.id],
      taken: stage.slack
        .as('U0ADA')
        .closeView(modal.id)
        .then(() => true),
    };
  // A form that was taken closes; what it did shows a moment later, and until then nobody opens it again.
  return rested(modal.id) ? { things: [modal.id, label.source], taken: fillAndSend(stage, modal, answer) } : undefined;
}

const collect = (stage: Stage, reader: Reader, rested: Rested): Act | undefined =>
  fillForm(stage, reader, {
    label: /add|collect/i,
    title: /evidence/i,
    rested,
    async answer(element, blockId) {
      if (element.type === 'file_input') return { files: [await stage.slack.as('U0ADA').upload('checkout-error.png', screenshot())] };
      return /url/i.test(`${element.type} ${element.action_id} ${blockId}`) ? { value: `${stage.shop.url}/checkout` } : undefined;
    },
  });

const resolve = (stage: Stage, reader: Reader, rested: Rested): Act | undefined =>
  fillForm(stage, reader, {
    label: /^resolve/i,
    title: /resolve/i,
    rested,
    answer: async (element) => (element.type === 'plain_text_input' ? { value: 'Rolled back to v2.13.2.' } : undefined),
  });

type Modal = NonNullable<ReturnType<Reader['modal']>>;
type Answerer = (element: Fields, blockId: string) => Promise<Fields | undefined>;

async function fillAndSend(stage: Stage, modal: Modal, answer: Answerer): Promise<boolean> {
  const values: Values = {};
  for (const block of modal.blocks) {
    const element = block.element as Fields | undefined; // Slack's own field
    const state = element && block.block_id ? await answer(element, block.block_id) : undefined;
    if (element && block.block_id && state) values[block.block_id] = { [String(element.action_id)]: state };
  }
  const { ack, errors } = await stage.slack.as('U0ADA').submit(modal.id, values);
  if (errors) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
  return ack.kind === 'acked';
}
