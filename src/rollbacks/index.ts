/** The ways to go back. A new one is a file here and a line in this list. */
import { createDeployment } from './create-deployment.ts';
import { dispatchWorkflow } from './dispatch-workflow.ts';
import { makeLatest } from './make-latest.ts';
import { moveRef } from './move-ref.ts';
import { redeploy } from './redeploy.ts';
import { repositoryDispatch } from './repository-dispatch.ts';
import { rerunDeploy } from './rerun-deploy.ts';
import { revertPr } from './revert-pr.ts';
import type { RollbackStrategy } from './strategy.ts';

/** Those that have something deployed; they can deploy the running release once more as well. */
const DEPLOYING: readonly RollbackStrategy[] = [dispatchWorkflow, createDeployment, rerunDeploy, repositoryDispatch];

export const STRATEGIES: readonly RollbackStrategy[] = [...DEPLOYING, moveRef, makeLatest, revertPr, redeploy(DEPLOYING)];
