/** The ways to go back. A new one is a file here and a line in this list. */
import { dispatchWorkflow } from './dispatch-workflow.ts';
import { makeLatest } from './make-latest.ts';
import type { RollbackStrategy } from './strategy.ts';

export const STRATEGIES: readonly RollbackStrategy[] = [dispatchWorkflow, makeLatest];
