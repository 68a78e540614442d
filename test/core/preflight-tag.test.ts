import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTag, nearestTags } from '../../src/core/tag.ts';

describe('what may be typed as a tag', () => {
  it.each(['v1.2.3', '1', 'shop-v2.0.0-rc.1+build.5', '2026_11_20', 'a'.repeat(128)])('%s is one', (tag) => {
    expect(checkTag(tag)).toEqual({ ok: true, tag, note: undefined });
  });

  it.each(['“v1.2.3”', "'v1.2.3'", '`v1.2.3`', '«v1.2.3»', ' "v1.2.3" '])('%s is one in quotes, which are taken off with a note', (text) => {
    expect(checkTag(text)).toEqual({ ok: true, tag: 'v1.2.3', note: 'quotes around v1.2.3 were taken off' });
  });

  it.each([
    ['v1.2.3 v1.2.2', 'E_ARGS', /one tag expected, got 2/i],
    ['latest', 'E_TAG_SYNTAX', /'latest' is not a tag; name a release tag/],
    ['LATEST', 'E_TAG_SYNTAX', /'latest' is not a tag/],
    ['v1.2.3; rm -rf /', 'E_TAG_SYNTAX', /character ';' not allowed at position 6/],
    ['../../etc/passwd', 'E_TAG_SYNTAX', /character '\/' not allowed/],
    ['v1$(id)', 'E_TAG_SYNTAX', /character '\$' not allowed at position 2/],
    ['`id`x', 'E_TAG_SYNTAX', /not allowed/],
    ['v1.2.3\u200b', 'E_TAG_SYNTAX', /hidden character U\+200B at position 6; did you mean v1\.2\.3\?/],
    ['v1.\u202e2.3', 'E_TAG_SYNTAX', /hidden character U\+202E at position 3; did you mean v1\.2\.3\?/],
    ['v1.2\u00a0.3', 'E_TAG_SYNTAX', /hidden character U\+00A0 at position 4/],
    ['v1.2.3\ufe0f', 'E_TAG_SYNTAX', /hidden character U\+FE0F/],
    ['v1\u0000', 'E_TAG_SYNTAX', /hidden character U\+0000/],
    ['v１.2', 'E_TAG_SYNTAX', /character U\+FF11 not allowed at position 1/],
    ['refs/heads/main', 'E_TAG_SYNTAX', /a branch is not a release/],
    ['origin/main', 'E_TAG_SYNTAX', /a branch is not a release/],
    ['refs/tags/v1.2.3', 'E_TAG_SYNTAX', /did you mean v1\.2\.3\?/],
    ['<@U123|bob> v1', 'E_TAG_SYNTAX', /character U\+003C not allowed at position 0/],
    ['<!channel>', 'E_TAG_SYNTAX', /U\+003C/],
    ['-v1', 'E_TAG_SYNTAX', /must begin with a letter or a digit, not with '-'/],
    ['', 'E_TAG_SYNTAX', /nothing was typed/],
    ['“”', 'E_TAG_SYNTAX', /nothing was typed/],
    ['a'.repeat(129), 'E_TAG_SYNTAX', /longer than 128/],
  ])('%j is refused with %s', (text, code, says) => {
    const checked = checkTag(text);
    expect(checked).toMatchObject({ ok: false, code });
    expect(!checked.ok && checked.message).toMatch(says);
  });

  it('shows at most 60 characters of what was typed', () => {
    const checked = checkTag('a'.repeat(3_000));
    expect(!checked.ok && checked.message).toBe(`Not a tag: longer than 128 characters (“${'a'.repeat(60)}…”).`);
  });

  it('never lets through what could be a command, a mention or a path, and never repeats it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const checked = checkTag(text);
        if (checked.ok) expect(checked.tag).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/);
        else {
          expect(checked.message).not.toMatch(/[<>&@`\p{Cc}\p{Cf}]/u);
          expect(checked.message.length).toBeLessThan(250);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the nearest tags', () => {
  it.each([
    ['v1.2.99', ['v1.2.4', 'v1.2.3', 'v1.2.2']],
    ['v2.1.0', ['v2.1.1', 'v2.0.0', 'v1.2.4']],
    ['1.2.3', ['v1.2.3', 'v1.2.4', 'v1.2.2']],
  ])('to %s come first', (tag, nearest) => {
    expect(nearestTags(tag, ['v2.1.1', 'v2.0.0', 'v1.2.4', 'v1.2.3', 'v1.2.2', 'v1.1.9'])).toEqual(nearest);
  });

  it('are none when there are none', () => {
    expect(nearestTags('v1', [])).toEqual([]);
  });
});
