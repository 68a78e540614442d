import { describe, expect, it } from 'vitest';
import { isForeign } from '../../src/logs/frames.ts';
import { grouped } from './grouped.ts';
import { TRACES } from './traces.ts';

const linesOf = (text: string) => text.split('\n').map((line) => ({ at: undefined, text: line }));

describe.each(TRACES)('a stack trace of $language', async ({ text, title, cause, own }) => {
  const one = await grouped(linesOf(text));

  it('is one error, called by its exception and by what caused it', () => {
    expect(one).toMatchObject([{ count: 1, title, cause: cause ?? undefined }]);
  });

  it('shows our own frames with their lines, innermost first, without libraries', () => {
    const frames = one[0]?.frames.filter((frame) => !isForeign(frame)).slice(0, own.length) ?? [];
    expect(frames.map(({ function: name, line }) => [name, line])).toEqual(own.map(([name, , line]) => [name, line]));
    for (const [index, [, path]] of own.entries()) expect(frames[index]?.file.endsWith(path)).toBe(true);
  });

  it('is the same error with other ids, line numbers and folders, whether it comes as lines, as one entry or as JSON', async () => {
    const moved = text
      .replace(/4711|8812|77f1c0de/g, '9')
      .replace(/(?<=[:\s(])(?:41|42|31|1624|120|12)(?=[:)\s,]|$)/gm, '7777')
      .replaceAll('/srv/', '/opt/r7/');
    const other = await grouped(linesOf(moved));
    expect(other.map(({ fingerprint }) => fingerprint)).toEqual(one.map(({ fingerprint }) => fingerprint));
    const whole = await grouped([
      { at: 1, text },
      { at: 2, text },
    ]);
    expect(whole).toMatchObject([{ count: 2, fingerprint: one[0]?.fingerprint }]);
    const json = await grouped([{ at: 1, text: JSON.stringify({ level: 'error', message: '', stack: text }) }]);
    expect(json).toMatchObject([{ title, fingerprint: one[0]?.fingerprint }]);
  });

  it('elsewhere in the code is another error', async () => {
    const [name = ''] = own[0] ?? [];
    const word =
      name
        .split(/[.#>]/)
        .filter((part) => /^\w{3,}$/.test(part))
        .at(-1) ?? name;
    expect((await grouped(linesOf(text.replaceAll(word, 'elsewhere'))))[0]?.fingerprint).not.toBe(one[0]?.fingerprint);
  });
});
