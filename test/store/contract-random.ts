import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/core/model.ts';
import type { Store, Task } from '../../src/store/store.ts';
import type { Bench } from './contract.ts';
import { changeOf, openWith, rowOf, T0 } from './example.ts';

const LEASE_MS = 5_000;
const SETTLE_MS = 2_000;
const LONGEST_STEP_MS = 700;
const ROUNDS = 600;
/** Of what only shows the earlier due wins, of a timer the last. */
const KEYS = ['show:a', 'show:b', 'wake:c', 'wake:d'];

/** Mulberry32: the same seed is always the same story. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** One key as its workers and the outside saw it. */
interface Story {
  /** Number of the latest wish, and of the latest that was finished. */
  wished: number;
  finished: number;
  /** Who holds it, as far as the story knows, and until when. */
  holder: { task: Task; until: number; dead: boolean } | undefined;
  /** Calls to the outside of which no result was recorded. */
  uncertain: { first: number; last: number } | undefined;
}

export function randomContract({ store, reopen }: Bench): void {
  describe('any story', () => {
    test('no wish is lost, no key has two holders, nothing uncertain is repeated unmarked or before it settled', async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      console.log(`seed ${seed}`);
      await tell(store(), reopen, seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
    });
  });
}

async function tell(store: Store, reopen: () => Promise<Store>, seed: number): Promise<void> {
  const below = random(seed);
  const stories = new Map<string, Story>(KEYS.map((key) => [key, { wished: 0, finished: 0, holder: undefined, uncertain: undefined }]));
  const pick = (): [string, Story] => [...stories][below(KEYS.length)] as [string, Story]; // below(n) < n
  let now = T0;
  let version = 1;
  await openWith(store, 1, []);

  for (let round = 0; round < ROUNDS; round++) {
    now += below(LONGEST_STEP_MS);
    const [key, story] = pick();
    const dice = below(100);
    if (dice < 25) {
      story.wished++;
      const effect = wish(key, story.wished, now + below(1_000));
      const before = await waiting(store, key);
      expect(await store.commit(changeOf(rowOf(1), version++, { effects: [effect], at: now }))).toEqual({ kind: 'done' });
      if (story.uncertain || (before === undefined && story.holder)) continue;
      const earlier = key.startsWith('show:') && before !== undefined ? Math.min(before, effect.due) : effect.due;
      expect(await waiting(store, key), `when ${key} is due`).toBe(earlier);
    } else if (dice < 55) {
      await take(store, stories, now, 1 + below(2));
    } else if (dice < 99) {
      await work(store, story, now, below(10));
    } else {
      store = await reopen();
      for (const one of stories.values()) one.holder = one.holder && { ...one.holder, dead: true };
    }
  }
  for (let due = await store.nextDue(); due !== undefined; due = await store.nextDue()) {
    now = Math.max(now, due);
    await take(store, stories, now, 10);
    for (const story of stories.values()) await work(store, story, now, 0);
  }
  for (const [key, story] of stories) expect(story.finished, `the latest wish of ${key}`).toBe(story.wished);
}

function wish(key: string, number: number, due: number): Effect {
  if (key.startsWith('show:')) return { kind: 'show', slot: `${number}`, key, due };
  return { kind: 'wake', timer: { name: 'stepOverdue', step: key, run: number }, key, due };
}

/** Which wish a task is about. */
function numberOf({ effect }: Task): number {
  if (effect.kind === 'show') return Number(effect.slot);
  return effect.kind === 'wake' && effect.timer.name === 'stepOverdue' ? effect.timer.run : Number.NaN;
}

/** When a key that only waits is due; undefined: it does not wait. */
async function waiting(store: Store, key: string): Promise<number | undefined> {
  return (await store.tasks('INC-1')).find((task) => task.key === key && task.state === 'waiting')?.due;
}

async function take(store: Store, stories: ReadonlyMap<string, Story>, now: number, limit: number): Promise<void> {
  for (const task of await store.claim({ now, limit, leaseMs: LEASE_MS, settleMs: SETTLE_MS })) {
    const story = stories.get(task.effect.key);
    if (!story) throw new Error(`a task nobody wished for: ${task.effect.key}`);
    if (story.holder && !story.holder.dead) expect(story.holder.until, `${task.effect.key} has two holders`).toBeLessThanOrEqual(now);
    if (task.effect.kind === 'wake') expect(task.effect.due, `${task.effect.key} came too early`).toBeLessThanOrEqual(now);
    if (story.uncertain) {
      expect(task.unclearSince, `${task.effect.key} was uncertain`).toBe(story.uncertain.first);
      expect(now, `${task.effect.key} had not settled`).toBeGreaterThanOrEqual(story.uncertain.last + SETTLE_MS);
    } else expect(task.unclearSince).toBeUndefined();
    story.holder = { task, until: now + LEASE_MS, dead: false };
  }
}

/** What the holder of a key does next: 0–2 finish, 3–5 call the outside, 6 and 7 postpone, 8 beat, 9 nothing. */
async function work(store: Store, story: Story, now: number, what: number): Promise<void> {
  const { holder } = story;
  if (!holder) return;
  const { task } = holder;
  const next = { due: now + 500, memo: null, counts: true, because: 'it was told so' };
  // A lease that ran out may have been taken back already; one that has not is surely ours, one of a dead process surely not.
  const ours = (answer: boolean): boolean => {
    if (holder.dead || now < holder.until) expect(answer, `the lease of ${task.effect.key}`).toBe(!holder.dead);
    return answer;
  };
  if (what <= 2 && ours(await store.finish(task, now))) {
    Object.assign(story, { finished: numberOf(task), holder: undefined, uncertain: undefined });
  } else if (what >= 3 && what <= 5 && ours(await store.begin(task, now))) {
    story.uncertain = { first: story.uncertain?.first ?? now, last: now };
  } else if (what === 6 && ours(await store.postpone(task, { ...next, unclear: false }))) {
    Object.assign(story, { holder: undefined, uncertain: undefined });
  } else if (what === 7 && story.uncertain && ours(await store.postpone(task, { ...next, unclear: true, due: now + SETTLE_MS }))) {
    story.holder = undefined;
  } else if (what === 8 && ours(await store.beat(task, now + LEASE_MS))) {
    story.holder = { ...holder, until: now + LEASE_MS };
  }
}
