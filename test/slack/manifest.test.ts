import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '@slack/web-api/dist/types/request/manifest.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DOOR_SCOPES, METHODS, neededScopes } from '../../src/slack/talk-methods.ts';

const root = join(import.meta.dirname, '../..');
const room = join(root, 'src/slack');
const source = (name: string): string => readFileSync(join(room, name), 'utf8');
const sources = readdirSync(room).filter((name) => name.endsWith('.ts'));
const manifest: Manifest = parse(readFileSync(join(root, 'app-manifest.yml'), 'utf8'));
const all = sources.map(source).join('\n');

describe('the manifest', () => {
  test('asks for exactly the scopes that the methods and the door need', () => {
    expect([...(manifest.oauth_config?.scopes?.bot ?? [])].sort()).toEqual(neededScopes());
  });

  test('lists the commands, shortcuts and events that are listened to', () => {
    expect(manifest.features?.slash_commands?.map(({ command }) => command)).toEqual(['/incident', '/inc', '/rollback']);
    for (const { callback_id } of manifest.features?.shortcuts ?? []) expect(source('listen-event.ts')).toContain(`case '${callback_id}'`);
    for (const event of manifest.settings?.event_subscriptions?.bot_events ?? [])
      if (event.startsWith('message.')) expect(source('listen-watch.ts')).toContain("type !== 'message'");
      else expect(source('listen-event.ts')).toContain(`case '${event}'`);
    const cases = [...source('listen-event.ts').matchAll(/^ {4}case '([a-z_]+)':/gm)].map(([, name]) => name);
    expect(cases.length).toBeGreaterThanOrEqual(4);
  });

  test('keeps to the lengths Slack takes, and needs no public address', () => {
    const { display_information: about, features, settings } = manifest;
    expect(about.name.length).toBeLessThanOrEqual(35);
    expect(about.description?.length).toBeLessThanOrEqual(140);
    for (const { command, usage_hint, description } of features?.slash_commands ?? []) {
      expect(command).toMatch(/^\/[a-z]{1,31}$/);
      expect(usage_hint?.length).toBeLessThanOrEqual(1000);
      expect(description.length).toBeLessThanOrEqual(2000);
    }
    for (const { name } of features?.shortcuts ?? []) expect(name.length).toBeLessThanOrEqual(24);
    expect(settings?.socket_mode_enabled).toBe(true);
    expect(JSON.stringify(manifest)).not.toContain('request_url');
  });
});

describe('the list of methods', () => {
  const called = new Set([...all.matchAll(/(?:\bsend|\bsendBlocks|lanes\.call|\? )\(?\s*'([a-z]+\.[a-zA-Z.]+)'/g)].map(([, method]) => method));

  test('holds every method this room calls, and none that it does not', () => {
    const ternary = [...all.matchAll(/'((?:conversations|chat)\.[a-zA-Z]+)'/g)].map(([, method]) => method);
    expect([...new Set([...called, ...ternary])].filter((method) => method !== undefined && !(method in METHODS))).toEqual([]);
    expect(Object.keys(METHODS).filter((method) => !all.replace(source('talk-methods.ts'), '').includes(`'${method}'`))).toEqual([]);
  });

  test('names what the door needs beside the calls', () => {
    expect([...DOOR_SCOPES].sort()).toEqual(['app_mentions:read', 'commands', 'files:read', 'reactions:read']);
  });
});

test('only talk writes to Slack: no other file of this room imports a client or fetches', () => {
  const offenders = sources.filter((name) => !name.startsWith('talk') && /@slack\/web-api|\bfetch\(|from 'undici'/.test(source(name)));
  expect(offenders).toEqual([]);
});

test('views are pure: nothing but core, each other, types and shapes', () => {
  for (const name of sources.filter((file) => /^(view|forms|escape|grammar|plain-blocks)/.test(file))) {
    const imports = [...source(name).matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? '');
    const allowed = /^(\.\/|\.\.\/core\/|@slack\/types$|zod$|\.\.\/lib\/(closest|duration|failure)\.ts$)/;
    expect({ name, odd: imports.filter((from) => !allowed.test(from)) }).toEqual({ name, odd: [] });
    expect({ name, impure: /\bDate\b|Math\.random|process\./.test(source(name)) }).toEqual({ name, impure: false });
  }
});
