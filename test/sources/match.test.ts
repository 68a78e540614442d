import { expect, test } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import { matchService } from '../../src/sources/match.ts';
import { REST_OF_RULES } from '../rests.ts';

const service = (name: string, match: Service['match']): Service => ({
  name,
  repo: undefined,
  environment: 'production',
  playbook: undefined,
  severity: 'sev2',
  call: [],
  match,
  links: [],
  health: { errorRate: undefined, urls: [], version: undefined },
  logs: [],
  rollback: {
    ...REST_OF_RULES,
    strategies: [],
    approve: { require: 1, from: [], self: false } as unknown as Service['rollback']['approve'],
    tagPrefix: '',
    migrations: [],
  }, // not looked at
  resolveAfterMs: 0,
});
const services = [service('shop', [{ team: 'payments', env: 'production' }, { job: 'shop-*' }]), service('search', [{ index: '*' }]), service('empty', [{}])];
const name = (labels: Record<string, string>, named?: string) => matchService({ labels, ...(named !== undefined && { service: named }) }, { services })?.name;

test.each([
  [{ team: 'payments', env: 'production', more: 'x' }, 'shop'],
  [{ team: 'payments', env: 'staging' }, undefined],
  [{ team: 'payments' }, undefined],
  [{ index: 'anything' }, 'search'],
  [{ service: 'empty' }, 'empty'],
  [{ service: 'nobody' }, undefined],
  [{}, undefined],
  [{ job: 'shop-1' }, undefined],
])('%j belongs to %s', (labels, expected) => expect(name(labels)).toBe(expected));

test('what the source itself says goes before labels; an unknown name does not hide the labels', () => {
  expect(name({ index: 'x' }, 'shop')).toBe('shop');
  expect(name({ index: 'x' }, 'nobody')).toBe('search');
});

test('names of Object.prototype are no labels', () =>
  expect(matchService({ labels: {} }, { services: [service('a', [{ constructor: '*' } as Record<string, string>])] })).toBeUndefined());
