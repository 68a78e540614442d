/** What is so at GitHub when an action has been done: for whoever has to make it so, or to look whether it is. */
import type { RollbackAction } from '../core/rollback.ts';

export function stateAfter(action: RollbackAction): string {
  switch (action.kind) {
    case 'markRelease':
      if (action.latest) return `${action.tag} is the latest release`;
      return action.prerelease ? `${action.tag} is a pre-release` : `${action.tag} is not the latest release`;
    case 'moveRef':
      return `${action.ref} points at ${action.tag} (${action.to.slice(0, 7)})`;
    case 'createDeployment':
      return `a deployment of ${action.ref} to ${action.environment} has been created`;
    case 'dispatchWorkflow':
      return `${action.workflow} has been run${'tag' in action.inputs ? ` for ${action.inputs.tag}` : ''}`;
    case 'rerunRun':
      return `the deploy run ${action.runId} of ${action.tag} has been run again`;
    case 'repositoryDispatch':
      return `the event ${action.eventType} has been sent for ${action.tag}`;
    case 'openRevert':
      return `a pull request of ${action.branch} is open against ${action.base}`;
  }
}

export const statesAfter = (actions: readonly RollbackAction[]): string => actions.map(stateAfter).join('; ');
