import { describe, expect, test } from 'vitest';
import type { RollbackStage } from '../../src/core/rollback.ts';
import { checkMessage } from '../contracts/slack.ts';
import { REST_OF_POLICY } from '../rests.ts';
import { asking, labels, named, pressable, read, show } from './rollback-looks.ts';
import { beginning, counting, done, lastOf, lit, OK, planned, question, rollbackStories, tracked } from './rollback-stories.ts';
import { bob, EVIL, NOW, said } from './stories.ts';

describe('the plan', () => {
  test.each([
    ['green', '✅ Green · Rollback of checkout-api: v2.14.0 → v2.13.2', 'checks are green'],
    ['amber', '⚠️ Amber · Rollback of checkout-api: v2.14.0 → v2.13.2', 'checks are amber'],
    ['red, one agrees', '🛑 Red · Rollback of checkout-api: v2.14.0 → v2.13.2', 'checks are red'],
  ])('%s says its light as a word and as a sign, in the headline and to a screen reader', (name, headline, spoken) => {
    const incident = named(name);
    expect(read(incident).split('\n')[0]).toBe(headline);
    expect(show(incident).text).toContain(spoken);
  });

  test('names what changes back: commits, authors, pull requests with their links, the difference', () => {
    expect(read(named('green'))).toContain(
      '12 commits by ada, words, c, d, e, f and others · pull requests <https://github.com/acme/checkout/pull/12|#12>, <https://github.com/acme/checkout/pull/11|#11> · <https://github.com/acme/checkout/compare/v2.13.2...v2.14.0|show the difference>',
    );
  });

  test('puts what speaks against it first, then what to watch, and folds what is fine into one line', () => {
    const lines = read(named('red, one agrees')).split('\n');
    const at = (part: string): number => lines.findIndex((line) => line.includes(part));
    expect(at('🛑 danger · *Migrations*: words')).toBeGreaterThan(0);
    expect(lines[at('🛑 danger') + 1]).toContain(`blob/${'a'.repeat(40)}/db/migrate/0007_drop_cart.sql|db/migrate/0007_drop_cart.sql>`);
    expect(at('⚠️ look · *Dependencies*: words')).toBeGreaterThan(at('🛑 danger'));
    expect(at('watch: errors that name a package, words')).toBeGreaterThan(at('⚠️ look'));
    expect(at('✅ 4 checks ok: Target, Running now, Workflow, Other deployments')).toBeGreaterThan(at('watch:'));
  });

  test('drops no check: what does not fit is named', () => {
    const text = read(named('crowded', 'x'.repeat(290)));
    expect(text).toMatch(/and \d+ more: Migrations/);
    expect(text).toMatch(/and \d+ more: Dependencies/);
    expect(checkMessage(show(named('crowded', EVIL)).blocks)).toEqual([]);
  });

  test('offers the other ways that are possible, and says why the others are not', () => {
    const incident = named('amber');
    expect(read(incident)).toContain('*Other ways*: `rerun-deploy` (comes later in services.yml) · `make-latest` is not possible: words');
    expect(labels(incident)).toEqual(['Approve', 'Decline…', 'Cancel', 'Break the glass…', 'Use rerun-deploy instead']);
  });

  test('links go to the host the releases are on', () => {
    const made = lit('green');
    const move = (of: typeof made.to) => ({ ...of, url: of.url.replace('github.com', 'git.acme.example') });
    const incident = asking(...beginning({ ...made, from: move(made.from), to: move(made.to) }));
    expect(read(incident)).toContain('<https://git.acme.example/acme/checkout/pull/12|#12>');
  });

  test('forward again has its own words', () => {
    const incident = named('taken back');
    const text = read(incident, 'rollback:rb2');
    for (const part of ['Forward again: checkout-api v2.13.2 → v2.14.0', '*Forward to*', '*What comes back*', 'Forward to v2.14.0?'])
      expect(text).toContain(part);
    expect(text).not.toContain('Back to');
  });
});

describe('who has to agree', () => {
  const policy = { require: 1, from: ['S0SRE'], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY };

  test('one over green, two with written reasons over red, and nobody is called to their own request', () => {
    expect(read(named('green'))).toMatch(/0 of 1\n[\s\S]*One approval is needed from <!subteam\^S0SRE>, but not the person who asked\./);
    const red = read(named('red, one agrees'));
    expect(red).toMatch(/1 of 2, 3 in quiet hours \(Bob\)\n/);
    expect(red).toContain('2 approvals, each with a written reason, are needed from <!subteam^S0SRE>');
    expect(red).toContain('Bob approved:\n>the new code eats carts');
  });

  test('quiet hours that ask for more stand beside it, in their own time zone', () => {
    expect(read(named('amber'))).toContain('3 from Sat, Sun 22:00 to 06:00 Europe/Berlin.');
    const incident = asking(...beginning(lit('green', 'x', { approve: { ...policy, quiet: [{ days: [], from: 0, to: 60, zone: 'UTC', require: 1 }] } })));
    expect(read(incident)).not.toContain('00:00');
  });

  test('green and amber are approved by a click and a question, red by a form', () => {
    const approve = (name: string) => pressable(named(name)).filter(({ action }) => action === 'approveRollback');
    expect(approve('green')).toEqual([{ label: 'Approve', action: 'approveRollback', confirm: true, style: 'danger' }]);
    expect(approve('amber')).toMatchObject([{ confirm: true }]);
    expect(approve('red, one agrees')).toMatchObject([{ label: 'Approve anyway…', confirm: false }]);
  });

  test('the glass is offered only where services.yml names somebody who may break it', () => {
    expect(labels(named('green'))).not.toContain('Break the glass…');
    expect(labels(named('red, one agrees'))).toContain('Break the glass…');
  });

  test('never more than three buttons and one menu', () => {
    for (const { states } of rollbackStories('words'))
      for (const incident of states)
        for (const id of Object.keys(incident.rollbacks))
          for (const block of show(incident, `rollback:${id}`).blocks)
            if (block.type === 'actions') {
              expect(block.elements.filter(({ type }) => type === 'button').length).toBeLessThanOrEqual(3);
              expect(block.elements.filter(({ type }) => type === 'overflow').length).toBeLessThanOrEqual(1);
            }
  });
});

test('a question that only people can answer has two buttons, and the answer stands on the next plan', () => {
  const inputs = beginning(lit('amber', 'words', { checks: [...OK, question('did it run?')] }));
  const incident = asking(...inputs);
  expect(read(incident)).toContain('*Were the migrations of v2.14.0 run?*');
  expect(pressable(incident).slice(0, 2)).toMatchObject([
    { label: 'They were run', action: 'answerMigrations:run' },
    { label: 'They were not run', action: 'answerMigrations:not-run' },
  ]);
  const answered = asking(...inputs, said(bob, { kind: 'answerMigrations', rollback: 'rb1', run: false }), planned(lit('green')));
  expect(read(answered)).toContain('Bob says that the migrations were not run.');
  expect(labels(answered)).not.toContain('They were run');
});

test('a countdown says when it begins, to the second and in words for old clients, and anyone may stop it', () => {
  const incident = lastOf(counting('“5xx” so soon after v2.14.0'));
  expect(read(incident).split('\n')[0]).toBe('✅ Green · Automatic rollback of checkout-api: v2.14.0 → v2.13.2');
  expect(read(incident)).toContain(
    `begins by itself at <!date^${(NOW + 90_000) / 1000}^{time_secs} ({ago})|2026-11-20 12:01:30 UTC> unless somebody stops it. Anyone may.`,
  );
  expect(pressable(incident)).toEqual([{ label: '✋ Stop it', action: 'cancelRollback', confirm: false, style: 'danger' }]);
});

describe('progress', () => {
  const story = (status: string, job?: string): string => read(asking(...tracked(lit('green')), { kind: 'rollbackMoved', id: 'rb1', status, job }));

  test.each([
    ['queued', undefined, 'queued: GitHub has taken it and has not begun.'],
    ['in_progress', 'deploy', 'running, job `deploy`.'],
    ['waiting', undefined, 'GitHub waits for an environment approval: somebody has to allow it there.'],
    ['completed', undefined, 'finished; looking how it ended.'],
    ['<!channel>', undefined, '&lt;!channel&gt;'],
  ])('%s', (status, job, says) => {
    const text = story(status, job);
    expect(text).toContain(says);
    expect(text).toContain('<https://github.com/acme/checkout/actions/runs/7|Watch the run>');
  });

  test('says how long it runs, counted by Slack, against the usual', () => {
    expect(story('in_progress')).toMatch(/Since <!date\^\d+\^{time} \({ago}\)\|2026-11-20 12:\d\d UTC>, usually takes 4 min\./);
    expect(read(asking(...done(lit('green'))))).toContain('Took 1 min (usually 4 min).');
  });

  test('can be cancelled until it is sent, and says when it is too late', () => {
    const approved = asking(...beginning(lit('green')), said(bob, { kind: 'approveRollback', rollback: 'rb1' }));
    expect(labels(approved)).toEqual(['Cancel']);
    const sending = asking(...beginning(lit('green')), said(bob, { kind: 'approveRollback', rollback: 'rb1' }), { kind: 'rollbackSending', id: 'rb1' });
    expect(labels(sending)).toEqual([]);
    expect(read(sending)).toContain('it is too late to cancel');
  });
});

describe('a failure', () => {
  test('shows the failing job and the last lines of its log, whole and escaped', () => {
    const text = read(named('fails', 'npm ERR! <!channel> `code`'));
    const block = /```([\s\S]*)```/.exec(text)?.[1]?.split('\n') ?? [];
    expect(text).toContain('The last lines of job `npm ERR! &lt;!channel&gt; ˋcodeˋ`:');
    expect(block).toHaveLength(20);
    expect(block.at(-1)).toBe('39: npm ERR! &lt;!channel&gt; ˋcodeˋ');
  });

  test('of endless lines keeps the last ones that fit into 2,000 characters', () => {
    const block = /```([\s\S]*)```/.exec(read(named('fails', '<'.repeat(200))))?.[1] ?? '';
    expect(block.length).toBeLessThanOrEqual(2_000);
    expect(block).toMatch(/^3\d: [\s\S]*39: (&lt;)+$/);
  });

  test('without a log leaves no empty box', () => expect(read(named('fails without words'))).not.toContain('```'));

  test('offers the next thing to do: again, or back to before', () => {
    expect(pressable(named('fails')).map(({ action }) => action)).toEqual(['requestRollback', 'undoRollback']);
    expect(labels(named('unclear'))).toEqual([]);
  });
});

test('no stage but the one that asks can be approved', () => {
  const seen = new Set<RollbackStage>();
  for (const { states } of rollbackStories('words')) {
    for (const incident of states) {
      const stage = incident.rollbacks.rb1?.stage;
      if (!stage) continue;
      seen.add(stage);
      expect(pressable(incident).some(({ action }) => /approve|breakGlass/.test(action))).toBe(stage === 'asking');
    }
  }
  expect([...seen].sort()).toEqual(['applying', 'asking', 'counting', 'done', 'failed', 'planning', 'sending', 'tracking', 'unknown']);
});
