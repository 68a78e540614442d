/**
 * Bugs on purpose, one small change each. Every one of them would let a rollback go out twice, late, unseen, or with fewer people than
 * were asked for; the tests named here must turn red for it (`npm run mutants`). test/rules/mutants.test.ts sees that they do not rot.
 */
export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly instead: string;
}
export interface Mutant {
  /** What the program does wrong then. */
  readonly name: string;
  /** Several only where two places hold the same promise. */
  readonly edits: readonly Edit[];
  /** Of these test files, one at least must fail. */
  readonly tests: readonly string[];
}

const APPROVAL = 'src/core/approval.ts';
const DECIDE = 'src/core/decide-rollback.ts';
const DEED = 'src/steps/rollback-deed.ts';
const CLIENT = 'src/github/client.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'octokit repeats a POST whose answer was lost',
    edits: [{ file: 'src/github/octokits.ts', text: 'retry: { enabled: false }', instead: 'retry: { enabled: true }' }],
    tests: ['test/github/apply.test.ts'],
  },
  {
    name: 'our own client sends a write again when nobody knows how it ended',
    edits: [
      {
        file: CLIENT,
        text: 'judge(desk, call, await send(desk, call))));',
        instead: 'judge(desk, call, await send(desk, call).then((reply) => (reply.kind === "lost" ? send(desk, call) : reply)))));',
      },
    ],
    tests: ['test/github/apply.test.ts'],
  },
  {
    name: 'the approval is not bound to the commits of the two tags',
    edits: [
      {
        file: 'src/core/rollback.ts',
        text: 'p.from.tag,\n    p.from.sha,\n    p.to.tag,\n    p.to.sha,',
        instead: 'p.from.tag,\n    p.to.tag,',
      },
    ],
    tests: ['test/flows/the-facts-moved-after-the-approval-nothing-is-sent.test.ts'],
  },
  {
    name: 'the plan that was approved is sent without being compared with the facts of now',
    edits: [{ file: DEED, text: 'if (!samePlan(rollback.plan, fresh.plan))', instead: 'if (false)' }],
    tests: ['test/flows/the-facts-moved-after-the-approval-nothing-is-sent.test.ts'],
  },
  {
    name: 'a plan can be approved after its time',
    edits: [{ file: DECIDE, text: 'rollback.expiresAt !== undefined && context.now >= rollback.expiresAt', instead: 'false' }],
    tests: ['test/core/approval.test.ts', 'test/core/decide.test.ts'],
  },
  {
    name: 'an approval that ran out before it could be sent is sent all the same',
    edits: [
      { file: DEED, text: 'if (rollback.expiresAt === undefined || parts.now() >= rollback.expiresAt)', instead: 'if (false)' },
      { file: DEED, text: 'if (parts.now() >= (rollback.expiresAt ?? 0))', instead: 'if (false)' },
    ],
    tests: ['test/steps/rollback-deed.test.ts'],
  },
  {
    name: 'an approval that runs out while the facts are read again is sent all the same',
    edits: [{ file: DEED, text: 'if (parts.now() >= (rollback.expiresAt ?? 0))', instead: 'if (false)' }],
    tests: ['test/steps/rollback-deed.test.ts'],
  },
  {
    name: 'one person approves twice and counts as two',
    edits: [{ file: APPROVAL, text: 'rollback.approvals.some(({ slackId }) => slackId === by.slackId)', instead: 'false' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'the credential of every call to GitHub stands under a misspelt name',
    edits: [{ file: CLIENT, text: 'headers = { authorization: `Bearer', instead: 'headers = { authorisation: `Bearer' }],
    tests: ['test/github/client.test.ts', 'test/flows/a-bad-release-is-rolled-back-once.test.ts'],
  },
  {
    name: 'anybody may ask for a rollback',
    edits: [
      {
        file: APPROVAL,
        text: "return named(by, policy.ask) ? undefined : 'You are not among the people who may ask for rollbacks of this service.'",
        instead: 'return undefined',
      },
    ],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'guests may ask for a rollback',
    edits: [{ file: APPROVAL, text: "if (by.rank !== 'member') return 'Only full members of this workspace may ask for a rollback.';", instead: '' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'guests may approve',
    edits: [{ file: APPROVAL, text: "if (by.rank !== 'member') return 'Only full members of this workspace may approve a rollback.';", instead: '' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'who asked may approve',
    edits: [{ file: APPROVAL, text: '!policy.requesterMay && askersOf(rollback)', instead: 'false && askersOf(rollback)' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'over a red pre-flight one person is enough',
    edits: [{ file: APPROVAL, text: "light === 'red' ? 2 : 1", instead: '1' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'over a red pre-flight nobody has to write a reason',
    edits: [{ file: DECIDE, text: "(glass || rollback.plan.light === 'red')", instead: 'glass' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'anybody may break the glass',
    edits: [
      {
        file: APPROVAL,
        text: "return named(by, policy.breakGlass) ? undefined : 'You are not among the people who may break the glass here.'",
        instead: 'return undefined',
      },
    ],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'quiet hours ask for nothing more',
    edits: [{ file: APPROVAL, text: 'quietNow(approve.quiet, at)?.require ?? 0', instead: '0' }],
    tests: ['test/core/approval.test.ts'],
  },
  {
    name: 'an approval of the old plan counts for the one that took its place',
    edits: [{ file: DECIDE, text: 'if (shown !== undefined && shown !== rollback.expiresAt)', instead: 'if (false)' }],
    tests: ['test/core/rollback-changes.test.ts'],
  },
  {
    name: 'a cancellation is confirmed and the rollback is sent all the same',
    edits: [{ file: DEED, text: "if ((await parts.incident(ask.incident.id)).rollbacks[ask.id]?.stage !== 'sending')", instead: 'if (false)' }],
    tests: ['test/steps/rollback-deed.test.ts'],
  },
  {
    name: 'a rollback that is being sent can still be called cancelled',
    edits: [{ file: DECIDE, text: "if (rollback.stage === 'sending' || rollback.stage === 'tracking')", instead: "if (rollback.stage === 'tracking')" }],
    tests: ['test/core/rollback-changes.test.ts', 'test/core/decide.test.ts'],
  },
  {
    name: 'two incidents deploy to the same place at the same time',
    edits: [{ file: 'src/core/lock.ts', text: "event.kind === 'rollbackApproved' && event.complete", instead: 'false' }],
    tests: ['test/flows/two-incidents-one-deploy-at-a-time.test.ts'],
  },
  {
    name: 'a rollback starts by itself over amber checks',
    edits: [{ file: 'src/core/automatic.ts', text: "rollback.plan?.light !== 'green'", instead: "rollback.plan?.light === 'red'" }],
    tests: ['test/core/automatic.test.ts'],
  },
  {
    name: 'a rollback starts by itself although somebody has changed what runs',
    edits: [
      {
        file: 'src/core/automatic.ts',
        text: 'Object.keys(incident.rollbacks).length > 0 || isTaken(incident)',
        instead: 'Object.keys(incident.rollbacks).length > 0',
      },
    ],
    tests: ['test/core/automatic.test.ts'],
  },
  {
    name: 'a rollback starts by itself while the error rate cannot be seen',
    edits: [
      {
        file: DEED,
        text: 'if (!rate || !newest) return refused(',
        instead: 'if (!rate || !newest) return undefined; if (Number.isNaN(newest.value)) return refused(',
      },
    ],
    tests: ['test/steps/rollback-deed.test.ts'],
  },
  {
    name: 'a lost request is sent again when it is not found at once',
    edits: [
      {
        file: 'src/steps/rollback-look.ts',
        text: 'if (parts.now() - since < LOOK_UP_MS) return again(parts.now() + LOOK_EVERY_MS, { ...memo });',
        instead: "if (found === 'absent') return goOn(parts, ask, { rollback, from: done });",
      },
    ],
    tests: ['test/flows/a-lost-answer-is-looked-up-and-never-sent-twice.test.ts'],
  },
  {
    name: 'a lost request is called failed after two minutes, not unknown',
    edits: [
      {
        file: 'src/steps/rollback-parts.ts',
        text: "outcome: 'unknown'",
        instead: "outcome: 'failed'",
      },
    ],
    tests: ['test/flows/a-lost-answer-is-looked-up-and-never-sent-twice.test.ts'],
  },
  {
    name: 'of two requests the first is left behind when the second is refused',
    edits: [
      { file: 'src/steps/rollback-deliver.ts', text: '  if (done > 0)\n    return beginTakingBack(', instead: '  if (done > 9)\n    return beginTakingBack(' },
    ],
    tests: ['test/flows/strategies.test.ts'],
  },
  {
    name: 'a branch is moved although somebody else moved it since the plan was made',
    edits: [{ file: 'src/github/deeds/move-ref.ts', text: 'if (before !== from) throw movedBefore(to, action, before);', instead: '' }],
    tests: ['test/github/move-ref.test.ts'],
  },
  {
    name: 'a migration that nobody can tell about is taken for one that was not run',
    edits: [
      {
        file: 'src/migrations/judge.ts',
        text: "const unknown = (because: string): Finding => ({ state: 'unknown', because });",
        instead: "const unknown = (because: string): Finding => ({ state: 'not-run', because });",
      },
    ],
    tests: ['test/migrations/judge.test.ts'],
  },
];
