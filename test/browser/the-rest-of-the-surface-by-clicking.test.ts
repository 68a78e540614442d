import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { screenshot } from '../../src/sandbox/demo/screenshot.ts';
import { hasBrowser, openScene, type Scene, WITHOUT_BROWSER } from './scene.ts';

let scene: Scene;
const picture = { name: 'checkout-error.png', mimeType: 'image/png', buffer: Buffer.from(screenshot()) };
const room = /inc-1-/;

describe.skipIf(!hasBrowser)(`the rest of the surface by clicking (${WITHOUT_BROWSER})`, { timeout: 60_000 }, () => {
  beforeAll(async () => {
    // The demo waits a minute before it says that nothing has changed; here people wait six seconds.
    scene = await openScene({ story: 'surface', rule: 'off', services: (text) => text.replace('patience: 60s', 'patience: 6s') });
  });
  afterAll(async () => {
    await scene?.close();
  });
  afterEach(() => {
    expect(scene.complaints).toEqual([]);
    expect(scene.stage.slack.world.mishaps).toEqual([]);
  });

  test('a mistyped command or tag is answered with what was meant, and nothing is started', async () => {
    await scene.enter('general');
    await scene.say('/incident halp');
    await scene.message('Did you mean /incident help?').waitFor();
    await scene.say('/incident help');
    await scene.message('/incident timeline').waitFor();
    await scene.shoot('help');
    await scene.say('/rollback checkout-api v2.13.9');
    await scene.message(/v2\.13\.9.*nothing was started.*v2\.13\.2/s).waitFor();
    await scene.say('/incident timeline');
    await scene.message(/needs to know which incident/).waitFor();
    await scene.shoot('mistyped');
    expect(incidentChannels()).toEqual([]);
  });

  test('a rollback is asked for by form, with the release that was healthy before already chosen', async () => {
    await scene.say('/rollback');
    await scene.message(/\/rollback checkout-api v2\.13\.2/).waitFor();
    await scene.shoot('rollback-usage');
    await scene.button('Roll back…').click();
    const form = scene.dialog('Roll back');
    await form.getByLabel('Service').selectOption('checkout-api');
    await expect.poll(() => form.getByLabel(/Release tag/).inputValue(), { timeout: 15_000 }).toBe('v2.13.2');
    await scene.shoot('rollback-form', 'light', 'narrow');
    await form.getByRole('button', { name: 'Cancel' }).click();
    await form.waitFor({ state: 'detached' });
  });

  test('whoever sees a problem reports it with an address and a picture; the next one joins, an unknown one is kept apart', async () => {
    await report('Gus', { title: 'Checkout answers with an error page', service: 'checkout-api' });
    await scene.shoot('reported');
    await putAway();
    await report('Lin', { title: 'Cannot pay', service: 'checkout-api' });
    await scene
      .dialog('Tagback')
      .getByText(/Added to INC-1/)
      .waitFor();
    await scene.shoot('joined');
    await putAway();
    await report('Lin', { title: 'The printer in room 4 is on fire', service: "I don't know" });
    await scene.dialog('Tagback').getByText(/INC-2/).waitFor();
    await putAway();
    await scene.enter(/inc-2-/);
    await scene.button(/^Take the lead/).waitFor();
    // Nobody knows where it lives: there is nothing to roll back.
    expect(await scene.button(/^Roll back unknown|^Roll back…/).count()).toBe(0);
    await scene.shoot('unknown-service');
    await scene.page.getByRole('button', { name: 'Fire an alert' }).click();
    await scene.enter(room);
    await scene.message(/Alert joined/).waitFor();
    await scene.shoot('alert-joined');
    expect(incidentChannels()).toHaveLength(2);
  });

  test('what people write becomes part of the timeline by a shortcut or a pin', async () => {
    await scene.say('The payment provider reports no trouble.');
    const first = scene.message('The payment provider reports no trouble.');
    await first.hover();
    await first.getByRole('button', { name: 'Message shortcuts' }).click();
    await first.getByRole('menuitem', { name: 'Add to timeline' }).click();
    await scene.message(/lin put a message into the timeline/i).waitFor();
    await scene.say('Support has 14 tickets since 09:30.');
    const second = scene.page.getByRole('article', { name: /^Lin Wei/ }).filter({ hasText: 'Support has 14 tickets' });
    await second.hover();
    await second.getByRole('button', { name: 'React with 📌' }).first().click();
    await scene.message(/into the timeline.*Support has 14 tickets/s).waitFor();
    await scene.say('/incident timeline');
    const timeline = scene.message('Timeline of INC-1');
    await timeline.getByText(/The payment provider reports no trouble/).waitFor();
    await timeline.getByText(/Support has 14 tickets/).waitFor();
    await scene.shoot('timeline', 'light', 'dark', 'narrow');
  });

  test('severity and status are changed from the card, and the App Home lists what is open', async () => {
    await scene.become('Ada');
    await scene
      .button(/^Take the lead/)
      .first()
      .click();
    await scene.message(/leads this incident/).waitFor();
    await more('Change severity…');
    const severity = scene.dialog('Change severity');
    await severity.getByLabel('Severity').selectOption('sev3');
    await severity.getByRole('button', { name: 'Change', exact: true }).click();
    await scene.message(/set the severity to SEV3/).waitFor();
    await more('Status update…');
    const update = scene.dialog('Status update');
    await update.getByLabel('Where do things stand?').fill('Payments fail for about one customer in ten. We are looking at the last release.');
    await scene.shoot('status-update');
    await update.getByRole('button', { name: 'Send', exact: true }).click();
    await scene.message(/Update from/).waitFor();
    await scene.enter('incidents');
    await scene
      .message('INC-1')
      .getByText(/about one customer in ten/)
      .waitFor();
    await scene.shoot('announced');
    await scene.page.getByRole('link', { name: /Home/ }).click();
    await scene.page.getByText('2 open incidents').waitFor();
    await scene.page.getByRole('link', { name: room }).first().waitFor();
    await scene.shoot('home', 'light', 'narrow');
  });

  test('a rollback that changes nothing is called so, and the owner is called', async () => {
    await scene.enter(room);
    await scene.page.getByRole('button', { name: 'Break the shop' }).click();
    await scene
      .button(/^Roll back checkout-api/)
      .first()
      .click();
    const form = scene.dialog('Roll back');
    await expect.poll(() => form.getByLabel(/Release tag/).inputValue(), { timeout: 15_000 }).toBe('v2.13.2');
    await form.getByLabel('Why?').fill('errors since v2.14.0');
    await form.getByRole('button', { name: 'Make a plan' }).click();
    await scene.button(/^Approve the rollback/).waitFor();
    await scene.become('Grace');
    await scene.button(/^Approve the rollback/).click();
    await scene.dialog('Back to v2.13.2?').getByRole('button', { name: 'Approve' }).click();
    await scene.message(/Checking/).waitFor();
    await scene.shoot('measuring');
    await scene.message(/No effect|Worse/).waitFor();
    await scene.message(/needs its owner/).waitFor();
    await scene.shoot('no-effect');
    await scene.page.getByRole('button', { name: 'Heal the shop' }).click();
    await scene.page.setViewportSize({ width: 1240, height: 4200 });
    await scene.shoot('everything');
  });
});

const incidentChannels = (): readonly string[] =>
  [...scene.stage.slack.world.channels.values()].map(({ name }) => name).filter((name) => name.startsWith('inc-'));

async function report(who: 'Gus' | 'Lin', problem: { title: string; service: string }): Promise<void> {
  const { page, become, dialog } = scene;
  await become(who);
  await page.getByRole('button', { name: 'Shortcuts', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Report a problem' }).click();
  const form = dialog('Report a problem');
  await form.getByLabel('What is broken?').fill(problem.title);
  await form.getByLabel('Where? Failing addresses').fill(`https://shop.example.com/checkout?by=${who}`);
  await form.getByLabel('Screenshots').setInputFiles([picture]);
  await form.getByRole('button', { name: 'Remove checkout-error.png' }).waitFor();
  await form.getByLabel('Service').selectOption(problem.service);
  if (who === 'Gus') await scene.shoot('report', 'light', 'narrow');
  await form.getByRole('button', { name: 'Report', exact: true }).click();
  await dialog('Tagback')
    .getByText(/INC-\d/)
    .waitFor();
}

/** What the form answered is read; it goes away. */
async function putAway(): Promise<void> {
  const answer = scene.dialog('Tagback');
  await answer.getByRole('button', { name: 'Close' }).last().click();
  await answer.waitFor({ state: 'detached' });
}

async function more(entry: string): Promise<void> {
  await scene.button('More actions').first().click();
  await scene.page.getByRole('menuitem', { name: entry }).click();
}
