import { expect, test } from 'vitest';
import { markupOf } from '../../src/sandbox/playground/html.ts';
import { markdown } from '../../src/sandbox/playground/markdown.ts';
import { mrkdwn, textObject } from '../../src/sandbox/playground/mrkdwn.ts';
import { context } from './playground-markup.ts';

const drawn = (text: string) => markupOf(mrkdwn(text, context));

test.each([
  ['*bold* _slanted_ ~gone~ `code`', '<strong>bold</strong> <em>slanted</em> <s>gone</s> <code>code</code>'],
  ['*_both_ and <https://a.example/x_y_z|a link>*', /^<strong><em>both<\/em> and <a href="https:\/\/a.example\/x_y_z"[^>]*>a link<\/a><\/strong>$/],
  ['snake_case_name and 2*3*4', 'snake_case_name and 2*3*4'],
  ['*not closed', '*not closed'],
  ['* spaced *', '* spaced *'],
  ['`*code* :fire:`', '<code>*code* :fire:</code>'],
  ['one\ntwo', 'one<br>two'],
  ['&lt;b&gt; &amp; "x"', '&lt;b&gt; &amp; &quot;x&quot;'],
  [':red_circle: :no_such_thing: 12:30:45', '🔴 :no_such_thing: 12:30:45'],
])('the mrkdwn %j is drawn as Slack draws it', (text, expected) => {
  if (typeof expected === 'string') expect(drawn(text)).toBe(expected);
  else expect(drawn(text)).toMatch(expected);
});

test('quotes, bullets and code blocks become blocks of their own', () => {
  expect(drawn('&gt; said\n&gt; twice\nthen')).toBe('<blockquote>said<br>twice</blockquote>then');
  expect(drawn('• first\n• *second*')).toBe('<ul><li>first</li><li><strong>second</strong></li></ul>');
  expect(drawn('see ```\nif (a &lt; b) *x*\n``` end')).toBe('see <pre>if (a &lt; b) *x*</pre> end');
});

test('a mention carries the name, and stands out for the person who is meant', () => {
  expect(drawn('<@U0ADA> and <@U0GRACE>')).toBe('<span class="mention me">@ada</span> and <span class="mention">@grace</span>');
  expect(drawn('<@U0NOBODY>')).toBe('<span class="mention">@U0NOBODY</span>');
  expect(drawn('<!here> <!subteam^S0ONCALL>')).toBe('<span class="mention me">@here</span> <span class="mention">@on-call</span>');
});

test('a channel is a link when the visitor can see it, and a name otherwise', () => {
  expect(drawn('<#C0INC>')).toBe('<a class="mention" href="/channel/C0INC?as=U0ADA">#inc-42</a>');
  expect(drawn('<#C0OTHER|secret>')).toBe('<span class="mention">#secret</span>');
});

test('a date is shown in the zone of the visitor, and by its fallback when it cannot be read', () => {
  const at = Date.UTC(2026, 10, 20, 11, 48) / 1000;
  expect(drawn(`<!date^${at}^{time} ({ago})|earlier>`)).toMatch(/<time datetime="2026-11-20T11:48:00.000Z"[^>]*>11:48 \(12 min ago\)<\/time>/);
  expect(drawn(`<!date^${at}^{date_short_pretty}|x>`)).toContain('>Today</time>');
  expect(drawn('<!date^99999999999999999^{time}|long ago>')).toBe('long ago');
  expect(drawn('<!date^soon^{time}|soon>')).toBe('soon');
});

test('only http and https become links', () => {
  expect(drawn('<javascript:alert(1)|click>')).toBe('click');
  expect(drawn('<data:text/html;base64,AAAA>')).toBe('data:text/html;base64,AAAA');
  expect(drawn('<mailto:ops@acme.example|write>')).toBe('write');
  expect(drawn('see https://a.example/x?a=1&amp;b=2.')).toMatch(
    /^see <a href="https:\/\/a.example\/x\?a=1&amp;b=2"[^>]*>https:\/\/a.example\/x\?a=1&amp;b=2<\/a>\.$/,
  );
});

test('plain text keeps its signs and knows emoji', () => {
  expect(markupOf(textObject({ type: 'plain_text', text: '*a* <b> :tada:' }, context))).toBe('*a* &lt;b&gt; 🎉');
});

test('marks that never close do not slow the reader down', () => {
  // 40 000 signs is Slack's longest message.
  for (const text of ['*a '.repeat(13_000), '*_~'.repeat(13_000), '<'.repeat(40_000), '`a'.repeat(20_000), 'http://'.repeat(5000), '*a* '.repeat(10_000)]) {
    const began = performance.now();
    drawn(text);
    expect(performance.now() - began).toBeLessThan(1500);
  }
});

test('the markdown block knows headings, lists, tables, quotes, code and links', () => {
  const text =
    '# Title\n\nSome **bold** and `x < y`.\n- [x] done\n- [ ] open\n\n1. one\n2. two\n\n> quoted\n\n' +
    '| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nlet a = 1;\n```\n[docs](https://a.example)\n---';
  const markup = markupOf(markdown(text));
  for (const part of [
    '<p class="md-heading">Title</p>',
    '<strong>bold</strong>',
    '<code>x &lt; y</code>',
    'aria-label="done"',
    '<ol><li class="indent-0">one</li>',
    '<blockquote>quoted</blockquote>',
    '<th scope="col">a</th>',
    '<td>2</td>',
    '<pre>let a = 1;</pre>',
    'href="https://a.example/"',
    '<hr>',
  ])
    expect(markup).toContain(part);
  expect(markupOf(markdown('<script>alert(1)</script>'))).toContain('&lt;script&gt;');
});
