/** The hands for every kind of action. The type makes a kind without hands a compile error. */
import { createDeployment } from './create-deployment.ts';
import type { ActionKind, Deed } from './deed.ts';
import { dispatchWorkflow } from './dispatch-workflow.ts';
import { markRelease } from './mark-release.ts';
import { moveRef } from './move-ref.ts';
import { openRevert } from './open-revert.ts';
import { repositoryDispatch } from './repository-dispatch.ts';
import { rerunRun } from './rerun-run.ts';

const DEEDS: { readonly [K in ActionKind]: Deed<K> } = {
  dispatchWorkflow,
  markRelease,
  createDeployment,
  rerunRun,
  repositoryDispatch,
  moveRef,
  openRevert,
};

export function deedOf<K extends ActionKind>(kind: K): Deed<K> {
  return DEEDS[kind];
}
