import { describe, expect, it } from 'vitest';
import { graph, pictureProblem } from '../../src/playbook-commands.ts';

function drawn(file: string, text: string): { svg: string | undefined; said: string } {
  let said = '';
  const svg = graph(file, Buffer.from(text), (line) => {
    said += line;
  });
  return { svg, said };
}

describe('tagback playbook graph', () => {
  it('draws a playbook and says nothing', () => {
    const { svg, said } = drawn('one.yml', 'steps: [{ id: look, use: collect }]');
    expect(svg).toMatch(/^<svg /);
    expect(said).toBe('');
  });

  it.each([
    ['conf/services.yml', /^conf\/services\.yml: this is services\.yml, not a playbook/],
    ['known-errors.yml', /this is the table of known errors, not a playbook/],
  ])('%s is named for what it is', (file, says) => {
    const { svg, said } = drawn(file, 'services: {}');
    expect(svg).toBeUndefined();
    expect(said).toMatch(says);
    expect(said).not.toContain('unknown key');
  });

  it.each([
    ['x.pdf', 'x'],
    ['a/x', 'a/x'],
    ['x.svg.gz', 'x.svg'],
  ])('a picture called %s is refused, with the names it may have', (out, name) =>
    expect(pictureProblem(out)).toBe(`'${out}' ends neither in .svg nor in .png; nothing was written; write -o ${name}.svg or -o ${name}.png`),
  );
  it.each(['x.svg', 'a/b.PNG'])('a picture called %s is fine', (out) => expect(pictureProblem(out)).toBeUndefined());
});
