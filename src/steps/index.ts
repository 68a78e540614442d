import { ask } from './ask.ts';
import { checkLogs } from './check-logs.ts';
import { checkQuota } from './check-quota.ts';
import { collect } from './collect.ts';
import { decide } from './decide.ts';
import { notify } from './notify.ts';
import { rollback } from './rollback.ts';
import type { StepKind } from './step.ts';
import { verify } from './verify.ts';

/** Every kind of step a playbook may use. */
export const STEPS: readonly StepKind[] = [collect, checkLogs, checkQuota, ask, decide, rollback, verify, notify];
