import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bold, channelName, clip, code, codeBlock, escapeLine, escapeText, link, md, mention, plain, quote, utc, when } from '../../src/slack/escape.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** Strings in which trouble is likely: Slack's own syntax, hidden and turning characters, lone surrogates, emoji. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<!channel>',
        '<!here|x>',
        '<@U1>',
        '<#C1|c>',
        '<http://e|l>',
        '<https:',
        '<',
        '>',
        '&',
        '&amp;',
        '&lt;',
        '|',
        '*',
        '`',
        '\n',
        '\u202e',
        '\u200b',
        '\ud800',
        '🔥',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));
const check = (property: fc.IProperty<[string]> | fc.IProperty<[string, number]>, runs = 4_000): void => {
  fc.assert(property as fc.IProperty<[string]>, { numRuns: runs, seed: SEED }); // the runner does not look at the arity
};
const HARM = /<[!@#]|<https?:|[\u202a-\u202e\u2066-\u2069\u200b-\u200d\u2060\ufeff]/;

describe(`outside text, seed ${SEED}`, () => {
  test('never mentions, links or hides, whichever builder it goes through', () => {
    check(
      fc.property(nasty, (text) => {
        const built = [
          escapeText(text),
          escapeLine(text),
          bold(escapeLine(text)),
          code(text),
          codeBlock(text),
          quote(text),
          mention(text),
          plain(text, 200),
          md`${escapeText(text)}`,
        ];
        for (const one of built) expect(one).not.toMatch(HARM);
      }),
    );
  });

  test('is never longer than asked, and is never cut inside an entity', () => {
    check(
      fc.property(nasty, fc.integer({ min: 2, max: 60 }), (text, max) => {
        const cut = escapeText(text, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut.replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        expect(clip(cut, Math.max(2, max - 3)).replace(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        expect(plain(text, max).length).toBeLessThanOrEqual(max);
        expect(plain(text, max)).not.toMatch(/\p{Cs}/u);
      }),
    );
  });

  test('in a link stays inside it', () => {
    check(
      fc.property(nasty, (text) => {
        expect(link('https://ok.example/a?b=1&c=|<>', text)).toMatch(/^<https:\/\/ok\.example\/[^<>|\s]*\|[^<>|]*>$/);
        expect(link(`https://ok.example/${text}`, 'x')).toMatch(/^(<https:\/\/ok\.example\/[^<>|\s]*\|x>|x)$/);
      }),
    );
  });

  test('cannot end code', () => {
    check(
      fc.property(nasty, (text) => {
        expect(code(text).slice(1, -1)).not.toContain('`');
      }),
    );
  });
});

describe('builders', () => {
  test('make mentions of ids only', () => {
    expect(mention('U0ADA')).toBe('<@U0ADA>');
    expect(mention('S0SRE')).toBe('<!subteam^S0SRE>');
    expect(mention('channel')).toBe('channel');
    expect(mention('U1> <!here')).toBe('U1&gt; &lt;!here');
  });

  test('link to web addresses only, and never show a password', () => {
    expect(link('javascript:alert(1)', 'x')).toBe('x');
    expect(link('https://user:secret@host/', 'x')).toBe('x');
    expect(link('not an address', 'x')).toBe('x');
    expect(link('https://a.example/?x=1&y=2', 'words')).toBe('<https://a.example/?x=1&amp;y=2|words>');
  });

  test('give moments in the reader’s zone, with UTC for old clients', () => {
    const at = Date.UTC(2026, 10, 20, 9, 5);
    expect(when(at, 'clock')).toBe(`<!date^${at / 1000}^{time}|2026-11-20 09:05 UTC>`);
  });

  test('calculate the calendar as the platform does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (at) => {
        expect(utc(at)).toBe(`${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

describe('channel names', () => {
  test('are names Slack takes, for 20,000 titles', () => {
    check(
      fc.property(nasty, (title) => {
        const name = channelName('INC-42', title, 'inc');
        expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,79}$/);
        expect(name).toMatch(/^inc-42(-|$)/);
        expect(name).not.toMatch(/-$/);
      }),
      20_000,
    );
  });

  test('say the number and the title', () => {
    expect(channelName('INC-42', 'Checkout: 5xx ↑ für alle', 'inc')).toBe('inc-42-checkout-5xx-fur-alle');
    expect(channelName('INC-42', '结账失败', 'inc-')).toBe('inc-42');
    expect(channelName('INC-7', '', '')).toBe('inc-7');
    expect(channelName('INC-42', 'x'.repeat(300), 'inc').length).toBe(80);
  });
});
