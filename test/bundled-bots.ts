/**
 * The bots that tests kill and start again, hundreds of times, bundled once for the run as the shipped program is: a start costs a third of
 * the processor time that it costs from the sources, and what is measured against a clock is then the program.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.ts';
import { BUNDLED_BOTS } from './chaos/process.ts';

/** Where packages that stay outside the bundle are found. */
const NEARBY = join(import.meta.dirname, '../node_modules/.cache');

export default async function setup(): Promise<() => void> {
  mkdirSync(NEARBY, { recursive: true });
  const folder = mkdtempSync(join(NEARBY, 'tagback-bots-'));
  await build(folder, { more: [join(import.meta.dirname, 'chaos/bot.ts')], up: '../../..' });
  process.env[BUNDLED_BOTS] = folder;
  return () => {
    delete process.env[BUNDLED_BOTS];
    rmSync(folder, { recursive: true, force: true });
  };
}
