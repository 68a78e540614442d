/** Which crashes are tried. `sample` is what every test run can afford; `fullMatrix` is `npm run chaos`. */
import type { CrashPlan, CrashRun } from './crash-run.ts';
import type { Random } from './random.ts';
import { type Blow, SIDES, type Side } from './seams.ts';

export interface Trial {
  readonly name: string;
  readonly plan: Omit<CrashPlan, 'clean'>;
  /** A trial whose blows did not all fall proves nothing. */
  readonly blows: number;
}

/** The road to the decision, and from the decision to the end: every kind of effect, click and form is on one of them. */
const FIRST_HALF = [
  'conversations.create #1',
  'chat.postMessage announce #1',
  'chat.postMessage card #1',
  'chat.postMessage step:collect:1 #1',
  'deliver interactive block_actions acknowledge #1',
  'views.open #1',
  'deliver interactive view_submission addEvidence #1',
];
const SECOND_HALF = [
  'deliver interactive block_actions answerStep:0 #1',
  'chat.postMessage rollback:rb1 #1',
  'deliver interactive block_actions approveRollback #1',
  'POST /actions/workflows/deploy.yml/dispatches #1',
  'chat.postMessage verdict:verify:1 #1',
  'deliver interactive view_submission resolve #1',
  'chat.postMessage postmortem #1',
  'files.completeUploadExternal md #1',
];

export function sample(): readonly Trial[] {
  const roads = SIDES.flatMap((side) => [FIRST_HALF, SECOND_HALF].map((seams) => seams.map((seam) => ({ seam, side }))));
  return [...roads.map((blows) => trial(`${blows[0]?.side} each of ${blows.map(({ seam }) => seam).join(', ')}`, blows)), ...withBlindLookUps().slice(0, 2)];
}

const trial = (name: string, blows: readonly Blow[]): Trial => ({ name, plan: { blows }, blows: blows.length });

/** The same call many times over is the same seam: the card is edited at every change. */
const SAME_CALL_MAX = 2;
const RANDOM_RUNS = 24;
/** An undisturbed incident takes about this long after the start. */
const INCIDENT_MS = 8_000;

export function fullMatrix(clean: Pick<CrashRun, 'met'>, random: Random): readonly Trial[] {
  const each = clean.met.flatMap(({ seam, writes }) => {
    const count = Number(seam.split('#').at(-1));
    const sides: readonly Side[] = writes ? SIDES : ['before'];
    return count > (writes ? SAME_CALL_MAX : 1) ? [] : sides.map((side) => trial(`${side} ${seam}`, [{ seam, side }]));
  });
  return [...each, ...whileRecovering(), ...withBlindLookUps(), ...atRandom(random)];
}

/** Killed again while it looks up what became of the first attempt. */
function whileRecovering(): readonly Trial[] {
  const doubts: readonly (readonly [string, string])[] = [
    ['chat.postMessage card #1', 'conversations.history #1'],
    ['POST /actions/workflows/deploy.yml/dispatches #1', 'GET /actions/workflows/deploy.yml/runs #3'],
    ['files.completeUploadExternal md #1', 'conversations.replies #2'],
  ];
  return doubts.map(([seam, lookUp]) =>
    trial(`after ${seam}, then before ${lookUp}`, [
      { seam, side: 'after' },
      { seam: lookUp, side: 'before' },
    ]),
  );
}

/** The vendor is ill exactly when the bot comes back and wants to look. */
function withBlindLookUps(): readonly Trial[] {
  const post = (seam: string, fault: '500' | '429:1' | 'reset-before'): Trial => ({
    ...trial(`after ${seam}, look-up answers ${fault}`, [{ seam, side: 'after' }]),
    plan: {
      blows: [{ seam, side: 'after' }],
      atKill: ({ slack }) => {
        for (let i = 0; i < 3; i++) slack.faults.next('conversations.history', fault);
      },
    },
  });
  const dispatch = 'POST /actions/workflows/deploy.yml/dispatches #1';
  const blows = [{ seam: dispatch, side: 'after' }] as const;
  return [
    post('chat.postMessage card #1', '500'),
    post('chat.postMessage step:collect:1 #1', '429:1'),
    post('chat.postMessage rollback:rb1 #1', 'reset-before'),
    { name: `after ${dispatch}, look-up answers 500`, blows: 1, plan: { blows, atKill: ({ github }) => github.faults.next('GET *deploy.yml/runs', '500', 6) } },
  ];
}

function atRandom(random: Random): readonly Trial[] {
  return Array.from({ length: RANDOM_RUNS }, () => {
    const killAtMs = Array.from({ length: random.whole(1, 4) }, () => random.whole(0, INCIDENT_MS));
    return { name: `killed ${killAtMs.map((ms) => `${ms} ms`).join(', ')} after the start`, plan: { killAtMs }, blows: 0 };
  });
}
