/** What people do on GitHub's pages, not through the API: none of it is among the `effects`. */
import { DEFAULT_BRANCH, refOf } from './git.ts';
import { dispatchOrder } from './orders.ts';
import { progressOf } from './runs.ts';
import { isOver, type World } from './world.ts';

export interface Hands {
  /** Moves a tag to the commit another one points at, as a forced push does. */
  retag(tag: string, to: string): void;
  /** Switches a workflow off, as somebody does on its page. */
  disable(workflow: string): void;
  /** Starts the deploy workflow for a tag. */
  deploy(tag: string, by?: string): void;
  /** A reviewer lets a waiting run go on. */
  approve(run: number, by?: string): void;
  /** A reviewer turns a waiting run down: it fails. */
  reject(run: number, by?: string): void;
  /** Stops a run. */
  cancel(run: number): void;
  /** Merges a pull request; what listens to the branch deploys. */
  merge(pull: number, by?: string): void;
  closePull(pull: number): void;
}

/** Each throws when the page would have no such button: a story that gets there is wrong. */
export function createHands(world: World): Hands {
  const review = (id: number, verdict: 'approved' | 'rejected', by: string | undefined): void => {
    const run = runOf(world, id);
    const [first = 'mira-k'] = world.options.environments.production?.reviewers ?? [];
    if (!world.ledger.review(run, verdict, by ?? first))
      throw new Error(`nobody asks for a review of run ${id}: it is ${progressOf(run, world.now()).status}, or was reviewed already`);
  };
  return {
    retag: (tag, to) => world.git.point(`tags/${tag}`, world.git.tags.get(to)?.commit ?? ''),
    disable(workflow) {
      for (const one of world.workflows) if (one.path.endsWith(`/${workflow}`)) world.setState(one, 'disabled_manually');
    },
    deploy(tag, by = 'oleg-s') {
      const ref = refOf(world.git, DEFAULT_BRANCH);
      if (ref === undefined) throw new Error(`there is no ${DEFAULT_BRANCH} to start a deploy of ${tag} on`);
      world.ledger.start(dispatchOrder(world.git, { ref, inputs: { tag }, actor: by }));
    },
    approve: (run, by) => review(run, 'approved', by),
    reject: (run, by) => review(run, 'rejected', by),
    cancel(id) {
      const run = runOf(world, id);
      if (isOver(world, run)) throw new Error(`run ${id} is over: there is nothing to cancel`);
      world.ledger.cancel(run);
    },
    merge(number, by = 'mira-k') {
      const merge = world.pulls.merge(number, by);
      if (merge.kind === 'refused') throw new Error(`nothing was merged: ${merge.because}`);
      world.moved(`heads/${merge.branch}`, by);
    },
    closePull(number) {
      const pull = world.pulls.list().find((one) => one.number === number && one.end === undefined);
      if (pull === undefined) throw new Error(`there is no open pull request ${number}`);
      world.pulls.change(pull, { end: { kind: 'closed', at: world.now() } });
    },
  };
}

function runOf(world: World, id: number) {
  const run = world.runs().find((one) => one.id === id);
  if (run === undefined) throw new Error(`there is no run ${id}`);
  return run;
}
