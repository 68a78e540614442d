import { afterEach, describe, expect, test } from 'vitest';
import { SCENES } from '../../src/sandbox/demo/scenes.ts';
import { BAD_RELEASE } from '../../src/sandbox/shop/shop.ts';
import { hasBrowser, openScene, type Scene, type SceneOptions, WITHOUT_BROWSER } from './scene.ts';

let scene: Scene;
const LOOKS = ['light', 'dark', 'narrow'] as const;
/** A red plan fits on one screen, on a telephone's width as well. */
const TALL = { width: 1240, height: 1500 };
/** People press faster here than anywhere else, so the deploys are fast, too. */
const QUICK = { timing: { queuedMs: 300, buildMs: 700, deployMs: 300, finishMs: 200 } };
/** Slow enough for a person to see the job that runs. */
const WATCHED = { timing: { ...QUICK.timing, buildMs: 3_000 } };

describe.skipIf(!hasBrowser)(`a rollback that can be trusted, by clicking (${WITHOUT_BROWSER})`, { timeout: 200_000 }, () => {
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await scene?.shoot('failed');
    await scene?.close();
  });

  test('red: the migrations are asked about, two people approve in writing, nobody twice', async () => {
    // Without the address that lists what was run, people are asked.
    await begins('red', { ...SCENES.red.world, services: (text) => text });
    await adaAsks();
    await theApproversAreCalled();
    await adaAnswersThatTheyWereRun();
    await graceOverridesWithAReason();
    await linDoesToo();
    await itRunsAndIsDone();
    isSound(1);
  });

  test('a success that two of three replicas do not share is called what it is', async () => {
    await begins('identity', { ...SCENES.identity.world, services: (text) => impatient(SCENES.identity.world.services?.(text) ?? text) });
    await adaAsks();
    await graceApproves('Back to v2.13.2?');
    await scene.message(/Not live/).waitFor();
    const verdict = scene.message(/Not live/);
    await verdict.getByText(/The rollback reported success, but v2\.14\.0 still answers on 2 of 3/).waitFor();
    await scene.button(/^Ask to take checkout-api forward to v2\.14\.0 again/).waitFor();
    await scene.shoot('not-live', ...LOOKS);
    isSound(1);
  });

  test('no effect: going forward again is asked for, checked and approved like the way back', async () => {
    // For half a minute already, on whichever release: what gets neither better nor worse.
    await begins('no-effect', {
      ...SCENES['no-effect'].world,
      shop: { behaviours: { 'v2.14.0': BAD_RELEASE, 'v2.13.2': BAD_RELEASE } },
      services: (text) => impatient(SCENES['no-effect'].world.services?.(text) ?? text),
    });
    await adaAsks();
    await graceApproves('Back to v2.13.2?');
    await scene.message(/No effect: checkout-api/).waitFor();
    await scene.shoot('no-effect', ...LOOKS);
    await adaAsksToGoForward();
    await graceApproves('Forward to v2.14.0?');
    await scene.message(/Done: GitHub reports the way forward to v2\.14\.0 as successful/).waitFor();
    // What was said before stays where it was said; the next verdict has a message of its own, below.
    const first = scene.message(/No effect: checkout-api/);
    await first.getByText(/an earlier verdict, see below for the newest/).waitFor();
    expect(await first.getByRole('button', { name: /^Ask to take/ }).count()).toBe(0);
    await scene.message(/Checking that v2\.14\.0 runs/).waitFor();
    await scene.shoot('forward', ...LOOKS);
    expect(scene.stage.shop.release()).toBe('v2.14.0');
    isSound(2);
  });

  test('a countdown is stopped by anybody; then another way is chosen, and somebody goes alone', async () => {
    const { world } = SCENES.automatic;
    await begins('automatic', { ...world, services: (text) => (world.services?.(text) ?? text).replace('expires: 10m', 'expires: 10m, break_glass: [U0ADA]') });
    await linStopsTheCountdown();
    await adaAsks();
    await adaChoosesAnotherWay();
    await adaBreaksTheGlass();
    isSound(2);
  });
});

const impatient = (text: string): string => text.replace(/patience: \d+s/, 'patience: 3s').replace('quiet: 4s', 'quiet: 2s');

async function begins(story: keyof typeof SCENES, world: Omit<SceneOptions, 'story'>): Promise<void> {
  scene = await openScene({ ...world, github: story === 'red' ? WATCHED : QUICK, badDeployedMsAgo: 30_000, story: `trust-${story}`, rule: 'off' });
  await scene.page.setViewportSize(TALL);
  await scene.page.getByRole('button', { name: 'Fire an alert' }).click();
  await scene.enter(/inc-1-/);
  await scene.button(/^Take the lead/).waitFor();
  await scene
    .message(/^.*INC-1 · /)
    .getByText(/Suspected: v2\.14\.0 \(likely\), deployed \d+ s before the first alert/)
    .waitFor();
}

/** `effects`: what GitHub saw of all the clicks. */
function isSound(effects: number): void {
  expect(scene.complaints).toEqual([]);
  expect(scene.stage.slack.world.mishaps).toEqual([]);
  expect(scene.stage.github.effects).toHaveLength(effects);
}

async function adaAsks(): Promise<void> {
  await scene.become('Ada');
  await scene.enter(/inc-1-/);
  await scene.say('/rollback checkout-api v2.13.2 --reason errors since v2.14.0');
  await scene.button(/^Approve the rollback/).waitFor();
}

async function graceApproves(question: string): Promise<void> {
  await scene.become('Grace');
  await scene.enter(/inc-1-/);
  await scene.button(/^Approve the /).click();
  await scene.dialog(question).getByRole('button', { name: 'Approve' }).click();
}

/** Slack calls nobody for an edit, so the plan's message must have called them when it was posted. */
async function theApproversAreCalled(): Promise<void> {
  const card = scene.message(/Waiting for approval/);
  await card.getByRole('heading', { name: '🛑 Red · Rollback of checkout-api: v2.14.0 → v2.13.2' }).waitFor();
  await card.getByText('@release-approvers').waitFor();
  expect(await card.getByText('(edited)').count()).toBe(0);
  await card.getByText('Were the migrations of v2.14.0 run?').waitFor();
  await scene.shoot('question', ...LOOKS);
}

async function adaAnswersThatTheyWereRun(): Promise<void> {
  await scene.button('The migrations were run').click();
  const card = scene.message(/Waiting for approval/);
  await card.getByText(/0007 ran after v2\.13\.2: the old code meets the new schema; it drops a column/).waitFor();
  await card.getByText(/ada says that the migrations were run/i).waitFor();
  expect(await scene.button('The migrations were run').count()).toBe(0);
  await scene.shoot('red', ...LOOKS);
}

async function graceOverridesWithAReason(): Promise<void> {
  await scene.become('Grace');
  await scene.enter(/inc-1-/);
  const form = await overrideForm();
  await form.getByLabel('Why is it right all the same?').fill('trust me');
  await form.getByRole('button', { name: 'Approve anyway' }).click();
  await form.getByRole('alert').waitFor();
  await scene.shoot('reason-too-short', ...LOOKS);
  await form.getByLabel('Why is it right all the same?').fill('discount_percent is restored from the copy that 0007 keeps.');
  await form.getByRole('button', { name: 'Approve anyway' }).click();
  await form.waitFor({ state: 'detached' });
  await scene
    .message(/Waiting for approval/)
    .getByText(/1 of 2/)
    .waitFor();
  const again = await overrideForm();
  await again.getByLabel('Why is it right all the same?').fill('and once more, because nobody else is awake');
  await again.getByRole('button', { name: 'Approve anyway' }).click();
  await scene.page
    .getByText(/You have approved this already/)
    .first()
    .waitFor();
  await scene.shoot('approved-once', ...LOOKS);
  expect(scene.stage.github.effects).toEqual([]);
}

async function overrideForm() {
  await scene.button(/^Approve the rollback to v2\.13\.2 over red checks/).click();
  const form = scene.dialog('Approve over red');
  await form.getByText('This speaks against it').waitFor();
  return form;
}

async function linDoesToo(): Promise<void> {
  await scene.become('Lin');
  await scene.enter(/inc-1-/);
  await scene
    .message(/Waiting for approval/)
    .getByText('discount_percent is restored from the copy that 0007 keeps.')
    .waitFor();
  const form = await overrideForm();
  await form.getByLabel('Why is it right all the same?').fill('Tried on staging: orders go through with the old column.');
  await form.getByRole('button', { name: 'Approve anyway' }).click();
  await form.waitFor({ state: 'detached' });
}

async function itRunsAndIsDone(): Promise<void> {
  await scene.message(/Sent to GitHub; running, job/).waitFor();
  await scene.shoot('progress', ...LOOKS);
  const done = scene.message(/Done: GitHub reports the rollback to v2\.13\.2 as successful/);
  await done.getByText(/Tried on staging/).waitFor();
  await scene.shoot('done', ...LOOKS);
}

async function adaAsksToGoForward(): Promise<void> {
  await scene.become('Ada');
  await scene.enter(/inc-1-/);
  await scene.button(/^Ask to take checkout-api forward to v2\.14\.0 again/).click();
  const form = scene.dialog('Go forward again');
  await form.getByLabel('Why?').fill('The payment gateway is down, whichever release runs.');
  await scene.shoot('forward-form', 'light', 'narrow');
  await form.getByRole('button', { name: 'Make a plan' }).click();
  const plan = scene.message(/Forward again: checkout-api v2\.13\.2 → v2\.14\.0/);
  await plan.getByText('@release-approvers').waitFor();
  expect(await plan.getByText('(edited)').count()).toBe(0);
  await scene.shoot('forward-plan', ...LOOKS);
}

async function linStopsTheCountdown(): Promise<void> {
  const card = scene.message(/Automatic rollback of checkout-api: v2\.14\.0 → v2\.13\.2/);
  await card.getByText(/begins by itself .* unless somebody stops it\. Anyone may\./).waitFor();
  await scene.shoot('countdown', ...LOOKS);
  await scene.become('Lin');
  await scene.enter(/inc-1-/);
  await scene.button('Stop the automatic rollback of checkout-api').click();
  await scene.message(/Cancelled; nothing was sent: stopped by lin/i).waitFor();
  await scene.shoot('stopped', ...LOOKS);
  expect(scene.stage.github.effects).toEqual([]);
}

async function adaChoosesAnotherWay(): Promise<void> {
  await fromMenu('Use make-latest instead');
  const card = scene.message(/Waiting for approval/);
  await card.getByText(/make-latest, chosen by hand/).waitFor();
  await scene.shoot('other-way', ...LOOKS);
}

async function adaBreaksTheGlass(): Promise<void> {
  await fromMenu('Break the glass…');
  const form = scene.dialog('Break the glass');
  await form.getByText(/Everybody on call is told at once/).waitFor();
  await form.getByLabel('Why can nobody else be waited for?').fill('It is 03:10, nobody answers, and every tenth order is lost.');
  await scene.shoot('glass-form', ...LOOKS);
  await form.getByRole('button', { name: 'Go alone' }).click();
  await form.waitFor({ state: 'detached' });
  await scene.message(/broke the glass and takes checkout-api/).waitFor();
  await scene.message(/Done: GitHub reports the rollback to v2\.13\.2 as successful/).waitFor();
  await scene.shoot('glass', ...LOOKS);
}

async function fromMenu(entry: string): Promise<void> {
  await scene
    .message(/Waiting for approval/)
    .getByRole('button', { name: 'More actions' })
    .click();
  await scene.page.getByRole('menuitem', { name: entry }).click();
}
