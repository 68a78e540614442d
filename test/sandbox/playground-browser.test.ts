import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ADA, GRACE, KEN, type Scene, startScene } from './playground-app.ts';
import { card, heard, listen } from './playground-rollback-app.ts';
import { handClock } from './slack-stage.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' ');
// A picture of one pixel.
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const clock = handClock(Date.UTC(2026, 10, 20, 9));
let scene: Scene;
let browser: BrowserContext;
let profile: string;
let page: Page;
/** Everything a healthy page never does. */
const complaints: string[] = [];

describe.skipIf(!existsSync(CHROMIUM))('the playground in a browser (skipped where there is no Chromium; set CHROMIUM to its path)', () => {
  beforeAll(async () => {
    scene = await startScene({
      clock,
      listen,
      extras: {
        commands: [
          { command: '/incident', description: 'Work on an incident', usage: '[new|status]', words: [{ word: 'status', description: 'where we stand' }] },
        ],
        messageShortcuts: [{ callbackId: 'add_to_timeline', label: 'Add to timeline' }],
        tries: [{ icon: '🔔', label: 'Fire an alert', act: () => 'An alert was fired.' }],
        status: () => ({ title: 'The shop now', rows: [{ label: 'Release', value: 'v2.14.0' }] }),
      },
    });
    await scene.app.client.chat.postMessage({ channel: scene.slack.channelId('incidents'), ...card });
    profile = await mkdtemp(join(tmpdir(), 'tagback-playground-'));
    browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: ARGS });
    page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(scene.playground.url) && !request.url().startsWith('data:')) complaints.push(`outside: ${request.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
    await rm(profile, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
    heard.length = 0;
  });

  const open = (channel: string, as: string) => page.goto(`${scene.playground.url}/channel/${channel}?as=${as}`);
  const composer = () => page.getByRole('combobox', { name: /^Message/ });
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  test('a click on a button is the click of the chosen person, and the changed card appears without a reload', async () => {
    await open('incidents', GRACE);
    await composer().fill('half a sente');
    await button('Acknowledge').click();
    await page.getByText('Acknowledged by @grace').waitFor();
    expect(await composer().inputValue()).toBe('half a sente');
    await composer().fill('');
  });

  test('a form shows its errors beside the fields, keeps what was typed and chosen, and goes through when it is right', async () => {
    await open('incidents', ADA);
    await button('Roll back…').click();
    const form = page.getByRole('dialog', { name: 'Roll back checkout' });
    await form.getByLabel('Release tag').selectOption('v2.13.1');
    await form.getByLabel('Screenshot').setInputFiles([{ name: 'basket.png', mimeType: 'image/png', buffer: PNG }]);
    await form.getByRole('list', { name: 'Chosen files' }).getByText('basket.png').waitFor();
    await form.getByRole('button', { name: 'Remove basket.png' }).waitFor();
    await form.getByLabel('Reason').fill('too');
    await form.getByRole('button', { name: 'Roll back', exact: true }).click();
    await form.getByRole('alert').getByText('Say a little more.').waitFor();
    expect(await form.getByLabel('Release tag').inputValue()).toBe('v2.13.1');
    expect(await form.getByLabel('Reason').getAttribute('aria-invalid')).toBe('true');
    await form.getByLabel('Reason').fill('too many errors since v2.14.0');
    await form.getByRole('button', { name: 'Roll back', exact: true }).click();
    await form.waitFor({ state: 'detached' });
    expect(heard).toEqual([{ tag: 'v2.13.1', why: 'too many errors since v2.14.0', files: 1 }]);
  });

  test('an empty required field is refused before anything is sent, and Esc puts the form away', async () => {
    await open('incidents', ADA);
    await button('Roll back…').click();
    const form = page.getByRole('dialog', { name: 'Roll back checkout' });
    await form.getByRole('button', { name: 'Roll back', exact: true }).click();
    await form.getByRole('alert').first().waitFor();
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
    expect(heard).toEqual([]);
  });

  test('a button that asks first does nothing on no and acts on yes', async () => {
    await open('incidents', ADA);
    await button('Resolve').click();
    const asks = page.getByRole('dialog', { name: 'Resolve INC-42?' });
    await asks.getByText('It is not over.').waitFor();
    await asks.getByRole('button', { name: 'Not yet' }).click();
    await asks.waitFor({ state: 'detached' });
    await button('Resolve').click();
    const answered = page.waitForResponse((response) => response.url().endsWith('/act'));
    await asks.getByRole('button', { name: 'Yes, resolve' }).click();
    await answered;
    expect(heard).toEqual(['resolve']);
  });

  test('an overflow menu is worked by keyboard alone', async () => {
    await open('incidents', ADA);
    await button('More actions').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Hand over' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Hand over');
    const answered = page.waitForResponse((response) => response.url().endsWith('/act'));
    await page.keyboard.press('Enter');
    await answered;
    expect(heard).toEqual(['hand-over']);
  });

  test('typing a slash offers the commands, and the answer is seen by the person who asked and by nobody else', async () => {
    await open('general', ADA);
    await composer().fill('/inc');
    await page.getByRole('option', { name: /\/incident \[new\|status\] Work on an incident/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('option', { name: /\/incident status/ }).waitFor();
    await page.keyboard.type('halp');
    await page.keyboard.press('Enter');
    const private_ = page.getByRole('article', { name: /only visible to you/ });
    await private_.getByText('I do not know halp.').waitFor();
    await page.getByRole('button', { name: /^Acting as Ada/ }).click();
    await page.getByRole('menuitemradio', { name: /Grace Lindqvist/ }).click();
    await page.getByRole('button', { name: /^Acting as Grace/ }).waitFor();
    expect(await page.getByText('I do not know halp.').count()).toBe(0);
  });

  test('a message of one person reaches the open page of another, with mention, reaction, thread and shortcut', async () => {
    await open('general', GRACE);
    const other = await browser.newPage();
    await other.goto(`${scene.playground.url}/channel/general?as=${KEN}`);
    await composer().fill('@ken look at *this*');
    await page.keyboard.press('Enter');
    const message = other.getByRole('article').filter({ hasText: '@ken look at this' });
    await message.locator('.mention.me').waitFor();
    await message.hover();
    await message.getByRole('button', { name: 'React with 📌' }).click();
    await page.getByRole('button', { name: '1 pushpin by Ken Moreno' }).waitFor();
    await message.getByRole('button', { name: 'Reply in thread' }).click();
    await other.getByRole('textbox', { name: 'Reply in thread' }).fill('on it');
    await other.keyboard.press('Enter');
    await page.getByText('1 reply').waitFor();
    await message.getByRole('button', { name: 'Message shortcuts' }).first().click();
    const answered = other.waitForResponse((response) => response.url().endsWith('/act'));
    await other.getByRole('menuitem', { name: 'Add to timeline' }).first().click();
    await answered;
    expect(heard).toEqual(['timeline: <@U0KEN> look at *this*']);
    await other.close();
  });

  test('a new channel and unread messages show in the sidebar of those who are elsewhere', async () => {
    await open('general', KEN);
    await scene.slack.as(ADA).say('incidents', 'something new');
    const entry = page.getByRole('navigation', { name: 'Channels and apps' }).getByRole('link', { name: /incidents/ });
    await entry.getByRole('img', { name: 'unread' }).waitFor();
    await entry.click();
    await page.getByText('something new').waitFor();
    await expect.poll(() => entry.getByRole('img', { name: 'unread' }).count()).toBe(0);
  });

  test('an uploaded picture is shown in the channel and opens large', async () => {
    await open('general', ADA);
    await page.getByLabel('Attach a file').setInputFiles([{ name: 'graph.png', mimeType: 'image/png', buffer: PNG }]);
    await page.getByRole('button', { name: 'Remove graph.png' }).waitFor();
    await button('Send').click();
    await page.getByRole('button', { name: 'Open image: graph.png' }).click();
    await page.getByRole('dialog', { name: 'graph.png' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'graph.png' }).waitFor({ state: 'detached' });
  });

  test('the App Home is drawn when it is opened', async () => {
    await open('general', ADA);
    await page.getByRole('link', { name: /Home/ }).click();
    await page.getByRole('heading', { name: 'Open incidents' }).waitFor();
  });

  test('what can be tried is a button, and what it answers is told', async () => {
    await open('general', ADA);
    await page.getByRole('region', { name: 'The shop now' }).getByText('v2.14.0').waitFor();
    await button('Fire an alert').click();
    await page.getByRole('status').getByText('An alert was fired.').waitFor();
  });

  test('an app that does not answer in time is named in a toast and in the channel', async () => {
    await open('general', ADA);
    const asked = page.waitForRequest((request) => request.url().endsWith('/act'));
    await composer().fill('/rollback checkout');
    await page.keyboard.press('Enter');
    await asked;
    // The delivery must be under way before the clock is moved past Slack's 3 s.
    const told = () => {
      clock.move(3100);
      return page.getByRole('status').getByText('operation_timeout').count();
    };
    await expect.poll(told).toBe(1);
    await page.getByRole('article').getByText('operation_timeout').waitFor();
  });

  test('a form whose app does not answer in time says so on the form, and keeps what was typed', async () => {
    await open('incidents', ADA);
    await button('Roll back…').click();
    const form = page.getByRole('dialog', { name: 'Roll back checkout' });
    await form.getByLabel('Release tag').selectOption('v2.13.2');
    await form.getByLabel('Reason').fill('hang, please');
    await form.getByRole('button', { name: 'Roll back', exact: true }).click();
    const told = () => {
      clock.move(3100);
      return form.getByRole('status').getByText('operation_timeout').count();
    };
    await expect.poll(told).toBe(1);
    expect(await form.getByLabel('Reason').inputValue()).toBe('hang, please');
    await form.getByRole('button', { name: 'Cancel' }).click();
    await form.waitFor({ state: 'detached' });
  });

  test('hostile text in a message stays text', async () => {
    await open('general', ADA);
    const hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script> <javascript:alert(1)|go>';
    await scene.app.client.chat.postMessage({
      channel: scene.slack.channelId('general'),
      text: hostile,
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: hostile } }],
    });
    await page.getByText('<script>alert(1)</script>').waitFor();
    expect(await page.locator('#feed script, #feed img[src=x], #feed [onerror], #feed a[href^=javascript]').count()).toBe(0);
  });

  test('on a screen of 400 pixels nothing is cut off and the sidebar opens on demand', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await open('incidents', ADA);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    await button('Open sidebar').click();
    await page.getByRole('link', { name: 'general' }).click();
    await page.getByRole('heading', { level: 1, name: /general/ }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});
