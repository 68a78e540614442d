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
  /** undefined: there is nothing to press yet. Resolves with whether the bot took it. */
  act?(): Promise<boolean> | undefined;
}
export interface Played {
  /** Acts that were done more than once, by errand. A person who repeats an act may leave a trace of both. */
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
  let notBefore = 0;
  let tries = 0;
  while (!errand.done()) {
    const now = performance.now();
    if (now >= deadline) throw new Error(`${errand.what} did not come within ${patienceMs / 1_000} s (${tries} tries)`);
    const acting = now >= notBefore ? errand.act?.() : undefined;
    if (acting) {
      const taken = await acting.catch(() => false); // the thing to press went away between looking and pressing
      tries += 1;
      if (tries > 1) repeated.add(errand.what);
      notBefore = performance.now() + (taken ? AFTER_SILENCE_MS : AFTER_FAILURE_MS);
    }
    await sleep(LOOK_MS);
  }
}

function errands(stage: Stage): readonly Errand[] {
  const reader = readSlack(stage.slack);
  const says = (words: RegExp) => (): boolean => reader.message(words) !== undefined;
  const press = (who: string, label: RegExp) => () => pressIfThere(stage, reader, { who, label });
  return [
    { what: 'the card', done: says(/INC-1/) },
    { what: 'the lead', done: says(/, lead ada/), act: press('U0ADA', /take the lead|acknowledge/i) },
    { what: 'the evidence', done: says(/done: \*Collect failing/), act: () => collect(stage, reader) },
    { what: 'the log search', done: says(/cartTotal|reading 'total'/) },
    { what: 'the decision', done: says(/done: \*Roll back\?\*/), act: press('U0ADA', /^roll back$/i) },
    { what: 'the dispatch', done: () => stage.github.effects.length > 0, act: press('U0GRACE', /approve/i) },
    { what: 'the old release', done: () => stage.shop.release() === 'v2.13.2' },
    { what: 'the verdict', done: says(/recovered/i) },
    { what: 'the end', done: says(/, resolved|resolved:/i), act: () => resolve(stage, reader) },
    { what: 'the postmortem', done: says(/postmortem/i) },
  ];
}

function pressIfThere(stage: Stage, reader: Reader, { who, label }: { who: string; label: RegExp }): Promise<boolean> | undefined {
  const button = reader.button(label);
  if (!button) return undefined;
  const target = button.blockId === undefined ? button.actionId : { blockId: button.blockId, actionId: button.actionId };
  return stage.slack
    .as(who)
    .click(button.channel.id, button.message.ts, target, button.value)
    .then(({ kind }) => kind === 'acked');
}

/** A form that is still on the screen is sent again; else the button that opens it is pressed. */
function collect(stage: Stage, reader: Reader): Promise<boolean> | undefined {
  const modal = reader.modal('U0ADA');
  if (!modal) return pressIfThere(stage, reader, { who: 'U0ADA', label: /add|collect/i });
  return fillAndSend(stage, modal, async (element) => {
    if (element.type === 'file_input') return { files: [await stage.slack.as('U0ADA').upload('checkout-error.png', screenshot())] };
    return /url/i.test(`${element.type} ${element.action_id}`) ? { value: `${stage.shop.url}/checkout` } : undefined;
  });
}

function resolve(stage: Stage, reader: Reader): Promise<boolean> | undefined {
  const modal = reader.modal('U0ADA');
  if (!modal) return pressIfThere(stage, reader, { who: 'U0ADA', label: /^resolve/i });
  return fillAndSend(stage, modal, async (element) => (element.type === 'plain_text_input' ? { value: 'Rolled back to v2.13.2.' } : undefined));
}

type Modal = NonNullable<ReturnType<Reader['modal']>>;

async function fillAndSend(stage: Stage, modal: Modal, answer: (element: Fields) => Promise<Fields | undefined>): Promise<boolean> {
  const values: Values = {};
  for (const block of modal.blocks) {
    const element = block.element as Fields | undefined; // Slack's own field
    const state = element && block.block_id ? await answer(element) : undefined;
    if (element && block.block_id && state) values[block.block_id] = { [String(element.action_id)]: state };
  }
  const { ack, errors } = await stage.slack.as('U0ADA').submit(modal.id, values);
  if (errors) throw new Error(`the form was refused: ${JSON.stringify(errors)}`);
  return ack.kind === 'acked';
}
