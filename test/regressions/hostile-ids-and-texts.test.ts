/** Found by attacking the running program. */
import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { redactText } from '../../src/lib/redact.ts';
import { keptAlive } from '../../src/slack/talk-fetch.ts';
import { grace, Story } from '../core/given.ts';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

// `constructor` ended as a rollback in the timeline, and its card could not be drawn for a day.
it.each(['constructor', '__proto__', 'toString', 'rb9'])('a button that names the rollback %j changes nothing', (rollback) => {
  for (const kind of ['approveRollback', 'cancelRollback', 'declineRollback'] as const) {
    const { last } = new Story().asking().does(grace, { kind, rollback, reason: '' });
    expect(last.reply).toMatchObject({ ok: false, code: 'E_NOT_NOW' });
    expect([...last.events, ...last.effects]).toEqual([]);
  }
});

// 100 kB of this took 8 s before.
it('a long text without an address in it is redacted at once', () => {
  const text = `${'a.'.repeat(50_000)}://`;
  const startedAt = performance.now();
  expect(redactText(text)).toBe(text);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

// A proxy's endless page in Slack's place took 700 MB in three seconds.
it('an answer in Slack’s place that never ends is given up', async () => {
  const server = createServer((_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(256 * 1024, ' ')));
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = keptAlive();
  closing.push(
    line.close,
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await expect(line.fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: {}, body: '', redirect: 'error' })).rejects.toThrow(/longer than/);
});
