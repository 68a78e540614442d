/**
 * The playground in headless Chromium with the whole program behind it: what a visitor of `npm run demo` has before them. Nothing here
 * reaches into the program; a test clicks, types and looks, as a person does.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { readConfig } from '../../src/config.ts';
import { realClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { openPlayground } from '../../src/sandbox/demo/playground.ts';
import { openStage, type Stage, type StageOptions } from '../../src/sandbox/stage.ts';
import { buildProgram, type Program } from '../../src/wire.ts';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' ');
const WIDE = { width: 1240, height: 900 };
/** As wide as a telephone. */
const NARROW = { width: 400, height: 860 };
/** Longest wait for anything that a person waits for. */
const PATIENCE_MS = 25_000;
/** So many that few seconds are enough for a verdict. */
const BUSY = { requestsPerSecond: 200 };
/** Git-ignored; for the eyes of whoever changes how things look. */
const SCREENSHOTS = fileURLToPath(new URL('../../out/screenshots/', import.meta.url));

export const hasBrowser = existsSync(CHROMIUM);
export const WITHOUT_BROWSER = 'skipped where there is no Chromium; set CHROMIUM to its path';

export interface SceneOptions extends Omit<StageOptions, 'clock'> {
  /** Begins the names of the screenshots. */
  readonly story: string;
  /** `off`: the shop is not watched; alerts come by hand. */
  readonly rule?: 'on' | 'off';
}

export type Look = 'light' | 'dark' | 'narrow';

export interface Scene {
  readonly page: Page;
  readonly stage: Stage;
  readonly program: Program;
  /** What a healthy page never does: errors in the console, failed loads, requests to other machines. */
  readonly complaints: readonly string[];
  become(name: 'Ada' | 'Grace' | 'Lin' | 'Gus'): Promise<void>;
  /** Opens a channel by the list at the left, and answers its messages. */
  enter(name: RegExp | string): Promise<Locator>;
  /** Types into the composer and sends. */
  say(text: string): Promise<void>;
  button(name: string | RegExp): Locator;
  dialog(name: string | RegExp): Locator;
  /** A message of the open channel that says this; the newest one. */
  message(saying: string | RegExp): Locator;
  shoot(name: string, ...looks: readonly Look[]): Promise<void>;
  close(): Promise<void>;
}

export async function openScene({ story, rule = 'on', ...options }: SceneOptions): Promise<Scene> {
  const stage = await openStage({ clock: realClock, ...options, shop: { ...BUSY, ...options.shop } });
  const config = readConfig(stage.env);
  if (!config.ok) throw new Error(`the stage's settings are wrong: ${JSON.stringify(config.problems)}`);
  const program = await buildProgram({ ...config.config, port: 0 }, { log: createLog({ level: 'silent' }) });
  const { url } = await program.start();
  const alerting = stage.alerting(url, rule === 'off' ? { threshold: 0.99, everyMs: 3_600_000 } : {});
  const playground = await openPlayground({ stage, alerting: () => alerting, port: 0 });
  const profile = await mkdtemp(join(tmpdir(), 'tagback-browser-'));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: ARGS, viewport: WIDE, locale: 'en-GB' });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = listen(page, playground.url);
  await page.goto(playground.url);
  return {
    ...reach(page),
    page,
    stage,
    program,
    complaints,
    shoot: photographer(page, story),
    close: () => closeAll(browser, profile, [playground, alerting, { close: () => program.stop(2_000) }, stage]),
  };
}

async function closeAll(browser: BrowserContext, profile: string, things: readonly { close(): unknown }[]): Promise<void> {
  await browser.close();
  for (const thing of things) await thing.close();
  await rm(profile, { recursive: true, force: true });
}

function listen(page: Page, home: string): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${String(error)}`));
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(`console: ${line.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(home) && !request.url().startsWith('data:')) complaints.push(`left the machine: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

function reach(page: Page): Pick<Scene, 'become' | 'enter' | 'say' | 'button' | 'dialog' | 'message'> {
  const log = page.getByRole('log', { name: 'Messages' });
  return {
    async become(name) {
      await page.getByRole('button', { name: /^Acting as/ }).click();
      await page.getByRole('menuitemradio', { name: new RegExp(`^${name}`) }).click();
      await page.getByRole('button', { name: new RegExp(`^Acting as ${name}`) }).waitFor();
    },
    async enter(name) {
      const entry = page.getByRole('navigation', { name: 'Channels and apps' }).getByRole('link', { name });
      await entry.click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      return log;
    },
    async say(text) {
      await page.getByRole('combobox', { name: /^Message/ }).fill(text);
      await page.getByRole('button', { name: 'Send' }).click();
    },
    button: (name) => log.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) }),
    dialog: (name) => page.getByRole('dialog', { name }),
    message: (saying) => log.getByRole('article').filter({ hasText: saying }).last(),
  };
}

/** One numbered file per moment and look. */
function photographer(page: Page, story: string): Scene['shoot'] {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const old of readdirSync(SCREENSHOTS)) if (old.startsWith(`${story}-`)) rmSync(join(SCREENSHOTS, old));
  let taken = 0;
  return async (name, ...looks) => {
    taken += 1;
    await page.mouse.move(1, 1); // nothing looks touched
    for (const look of looks.length === 0 ? (['light'] as const) : looks) {
      await page.emulateMedia({ colorScheme: look === 'dark' ? 'dark' : 'light' });
      const size = page.viewportSize() ?? WIDE;
      if (look === 'narrow') await page.setViewportSize({ width: NARROW.width, height: size.height > WIDE.height ? size.height : NARROW.height });
      await page.screenshot({ path: join(SCREENSHOTS, `${story}-${String(taken).padStart(2, '0')}-${name}-${look}.png`), animations: 'disabled' });
      if (look === 'narrow') await page.setViewportSize(size);
      if (look === 'dark') await page.emulateMedia({ colorScheme: 'light' });
    }
  };
}
