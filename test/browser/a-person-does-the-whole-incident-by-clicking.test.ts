import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { screenshot } from '../../src/sandbox/demo/screenshot.ts';
import { hasBrowser, openScene, type Scene, WITHOUT_BROWSER } from './scene.ts';

let scene: Scene;

describe.skipIf(!hasBrowser)(`a person does the whole incident by clicking (${WITHOUT_BROWSER})`, () => {
  beforeAll(async () => {
    scene = await openScene({ story: 'incident' });
  });
  afterAll(async () => {
    await scene?.close();
  });

  test('from the alert to the postmortem, with one channel, one rollback and the proof', { timeout: 200_000 }, async () => {
    await aBadReleaseOpensAnIncident();
    await adaTakesTheLead();
    await adaAddsEvidence();
    await adaDecidesToRollBack();
    await onlyAnApproverMayApprove();
    await graceApprovesAndItIsProven();
    await adaResolves();
    await everybodyCanReadWhatHappened();
    expect(scene.complaints).toEqual([]);
    expect([...scene.stage.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-'))).toHaveLength(1);
    expect(scene.stage.github.effects).toHaveLength(1);
    expect(scene.stage.slack.world.mishaps).toEqual([]);
  });
});

async function aBadReleaseOpensAnIncident(): Promise<void> {
  const { page, enter, shoot, button } = scene;
  await shoot('quiet');
  await enter('incidents');
  const announced = scene.message('INC-1');
  await announced.getByRole('heading', { name: /INC-1 · Checkout 5xx rate/ }).waitFor();
  await announced.getByText('No lead yet').waitFor();
  await shoot('announced');
  await announced.getByRole('link', { name: /inc-1-checkout-api/ }).click();
  await page.getByRole('heading', { level: 1, name: /inc-1-checkout-api/ }).waitFor();
  await button(/^Take the lead/).waitFor();
  await page.getByRole('button', { name: /^Open image: / }).waitFor();
  await shoot('opened');
}

async function adaTakesTheLead(): Promise<void> {
  await scene.button(/^Take the lead/).click();
  await scene.message(/ada leads this incident/i).waitFor();
  await scene.shoot('lead');
  await theCardIsPinned();
}

/** One card, found by the pin, with everything somebody who comes late must know. */
async function theCardIsPinned(): Promise<void> {
  const { page, shoot } = scene;
  await page.getByRole('button', { name: '1 pinned' }).click();
  await page.getByRole('menuitem', { name: /INC-1/ }).click();
  const card = page.getByRole('article').filter({ hasText: 'Pinned by Tagback' });
  const top = () => card.getByRole('heading', { name: /INC-1/ }).evaluate((heading) => Math.sign(heading.getBoundingClientRect().top - 80));
  await expect.poll(top, { timeout: 15_000 }).toBe(1);
  for (const part of ['Investigating', 'SEV1', 'v2.14.0 since', 'Playbook: Error rate too high']) await card.getByText(part).first().waitFor();
  await shoot('card', 'light', 'dark', 'narrow');
  await page.getByRole('log').press('End');
}

async function adaAddsEvidence(): Promise<void> {
  const { button, dialog, shoot, stage } = scene;
  await button('Add URLs and screenshots').click();
  const form = dialog('Add evidence');
  await form.getByLabel('Failing addresses').fill('checkout is broken');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await form.getByRole('alert').first().waitFor();
  await shoot('evidence-refused', 'light', 'narrow');
  await form.getByLabel('Failing addresses').fill(`${stage.shop.url}/checkout`);
  await form.getByLabel('Screenshots').setInputFiles([{ name: 'checkout-error.png', mimeType: 'image/png', buffer: Buffer.from(screenshot()) }]);
  await form.getByRole('list', { name: 'Chosen files' }).getByText('checkout-error.png').waitFor();
  await shoot('evidence-filled');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await form.waitFor({ state: 'detached' });
}

async function adaDecidesToRollBack(): Promise<void> {
  const { message, button, shoot } = scene;
  await message(/cartTotal/).waitFor();
  await button('Roll back').waitFor();
  await shoot('logs-read');
  await button('Roll back').click();
  await button(/^Approve the rollback/).waitFor();
  // Whoever reads the newest message sees all of it, also when it grows from one line into a plan.
  await expect
    .poll(() => button(/^Approve the rollback/).evaluate((approve) => approve.getBoundingClientRect().bottom < window.innerHeight), { timeout: 15_000 })
    .toBe(true);
  await shoot('plan', 'light', 'dark', 'narrow');
}

async function onlyAnApproverMayApprove(): Promise<void> {
  const { message, become, enter, shoot } = scene;
  await approve();
  await message(/You asked for this rollback/).waitFor();
  await shoot('own-request-refused');
  await become('Gus');
  await enter(/inc-1-checkout-api/);
  expect(await message(/You asked for this rollback/).count()).toBe(0);
  await approve();
  await message(/Only full members/).waitFor();
  await shoot('guest-refused');
  await become('Grace');
  await enter(/inc-1-checkout-api/);
  expect(await message(/Only full members/).count()).toBe(0);
  expect(scene.stage.github.effects).toEqual([]);
}

async function approve(): Promise<void> {
  await scene.button(/^Approve the rollback/).click();
  const asks = scene.dialog('Back to v2.13.2?');
  await asks.getByText(/goes from v2\.14\.0 back to v2\.13\.2/).waitFor();
  await asks.getByRole('button', { name: 'Approve' }).click();
}

async function graceApprovesAndItIsProven(): Promise<void> {
  const { message, button, shoot } = scene;
  await approve();
  await message(/Sent to GitHub;/).waitFor();
  await shoot('under-way');
  await message(/Recovered: checkout-api/).waitFor();
  await button(/^Resolve/)
    .last()
    .waitFor();
  await shoot('recovered', 'light', 'dark', 'narrow');
}

async function adaResolves(): Promise<void> {
  const { become, button, dialog, message, shoot, page } = scene;
  await become('Ada');
  await button(/^Resolve/)
    .last()
    .click();
  const form = dialog('Resolve');
  await form.getByLabel('What was it, and what helped?').fill('cartTotal fails on an empty basket; v2.13.2 is back.');
  await shoot('resolving');
  await form.getByRole('button', { name: 'Resolve', exact: true }).click();
  await message(/Resolved by ada/).waitFor();
  const link = page.getByRole('link', { name: /postmortem/ }).filter({ hasText: '.md' });
  await link.waitFor();
  await shoot('resolved');
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toBe('inc-1-postmortem.md');
  const stream = await download.createReadStream();
  const text = (await stream.toArray()).join('');
  expect(text).toMatch(/^# INC-1: Checkout 5xx rate/);
  expect(text).toContain('v2.14.0 → v2.13.2');
}

async function everybodyCanReadWhatHappened(): Promise<void> {
  const { page, enter, message, shoot } = scene;
  const picture = page.getByRole('button', { name: /^Open image: .*checkout-api/ });
  expect(await picture.getByRole('img').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(600);
  expect(await picture.getByRole('img').getAttribute('alt')).toMatch(/v2\.13\.2/);
  await page.setViewportSize({ width: 1240, height: 3000 });
  await shoot('everything');
  await page.setViewportSize({ width: 1240, height: 900 });
  await enter('incidents');
  await message(/INC-1/)
    .getByText(/resolved/i)
    .first()
    .waitFor();
  expect(await page.getByRole('article').filter({ hasText: 'INC-1' }).count()).toBe(1);
  await shoot('announcement-resolved');
}
