import { readFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import type { Playbook, Step } from '../../src/core/playbook.ts';
import { drawGraph } from '../../src/playbook/graph.ts';
import { layOut } from '../../src/playbook/layout.ts';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { STEPS } from '../../src/steps/index.ts';

const shipped = (name: string): Playbook => {
  const outcome = loadPlaybook(readFileSync(new URL(`../../playbooks/${name}.yml`, import.meta.url)), `${name}.yml`, STEPS);
  if (!outcome.ok) throw new Error('does not load');
  return outcome.playbook;
};
const step = (id: string, next: Step['next'], more: Partial<Step> = {}): Step => ({
  id,
  use: 'collect',
  by: 'human',
  title: id,
  text: undefined,
  params: {},
  owner: undefined,
  timeoutMs: undefined,
  next,
  ...more,
});
const playbook = (steps: readonly Step[], title = 'Test'): Playbook => ({ name: 'test', title, hash: '', steps });
const texts = (svg: string): readonly string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);

describe('the picture of a playbook', () => {
  it.each(['error-rate', 'dead-service'])('of %s can be rendered and holds every step', (name) => {
    const drawn = shipped(name);
    const svg = drawGraph(drawn);
    const words = texts(svg).join(' ');
    for (const { title } of drawn.steps) expect(words).toContain(title);
    const { width, height } = new Resvg(svg, { font: { loadSystemFonts: false } }).render();
    expect(width).toBeGreaterThan(400);
    expect(height).toBeGreaterThan(400);
  });

  it('is the same for the same playbook', () => {
    const drawn = shipped('error-rate');
    expect(drawGraph(drawn, { collect: 'done' })).toBe(drawGraph(structuredClone(drawn), { collect: 'done' }));
  });

  it('says by sign, line and weight, not by colour alone, what is done, active, skipped and failed', () => {
    const svg = drawGraph(playbook([step('a', { done: 'b' }), step('b', { done: 'c' }), step('c', { done: 'd' }), step('d', {})]), {
      a: 'done',
      b: 'active',
      c: 'skipped',
      d: 'failed',
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(['✓ a', 'b', 'c', '✗ d']));
    expect(svg).toMatch(/font-weight="700"[^>]*>b</);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
  });

  it('a decision is a hexagon, start and end are round, and outcomes are words on the lines', () => {
    const svg = drawGraph(playbook([step('a', { yes: 'b', no: 'end', fail: 'b' }, { use: 'decide' }), step('b', { done: 'end' })]));
    expect(svg.match(/<polygon/g)).toHaveLength(1);
    expect(svg.match(/rx="23"/g)).toHaveLength(2);
    expect(texts(svg)).toEqual(expect.arrayContaining(['yes, cannot run', 'no', 'End']));
  });

  it('choices are shown by what stands on their buttons', () => {
    const params = {
      question: '?',
      choices: [
        { id: 'go', label: 'Go back' },
        { id: 'stay', label: 'Stay' },
      ],
    };
    const svg = drawGraph(playbook([step('a', { go: 'b', done: 'end' }, { use: 'ask', params }), step('b', { done: 'end' })]));
    expect(texts(svg)).toEqual(expect.arrayContaining(['Go back', 'else']));
  });

  it('nothing in a title can leave its text', () => {
    const evil = '</text><script>alert(1)</script>&"\u0000\ud800';
    const svg = drawGraph(playbook([step('a', {}, { title: evil })], evil));
    expect(svg).not.toContain('<script');
    expect(svg).not.toMatch(/[\u0000\ud800]/);
    expect(() => new Resvg(svg, { font: { loadSystemFonts: false } }).render()).not.toThrow();
  });

  it('long titles are broken and cut, and states of unknown steps are ignored', () => {
    const svg = drawGraph(playbook([step('a', {}, { title: `${'word '.repeat(60)}${'x'.repeat(200)}` })]), { __proto__: 'done', gone: 'done' } as never); // what a stale incident may hand in
    expect(Math.max(...texts(svg).map((text) => text.length))).toBeLessThan(45);
  });

  it('a playbook without an end drawn by hand still leads to one; an empty one is drawn, too', () => {
    expect(drawGraph(playbook([step('a', {})])).match(/marker-end/g)).toHaveLength(2);
    expect(() => new Resvg(drawGraph(playbook([])), { font: { loadSystemFonts: false } }).render()).not.toThrow();
  });

  it('sixty steps are laid out without two boxes on one another', () => {
    const boxes = Array.from({ length: 60 }, (_, index) => ({ id: `s${index}`, width: 120, height: 40 }));
    const lines = boxes.slice(1).map(({ id }, index) => ({ from: `s${Math.floor(index / 2)}`, to: id, label: { width: 0, height: 0 } }));
    const layout = layOut(boxes, lines);
    for (const [index, a] of layout.boxes.entries())
      for (const b of layout.boxes.slice(index + 1)) expect(Math.abs(a.x - b.x) >= 120 || Math.abs(a.y - b.y) >= 40).toBe(true);
  });
});
