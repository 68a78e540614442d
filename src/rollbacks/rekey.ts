/** The keys by which a deed is found again, and actions prepared under one rollback's key made to carry another's. */
import type { RollbackAction } from '../core/rollback.ts';

/** The key of a way back, as the strategies prepare it. */
export const undoKey = (key: string): string => `${key}-undo`;

/** Found again by this name, so that it is opened once. Git takes neither spaces nor most signs. */
export const revertBranch = (key: string): string => `tagback/revert-${key.replace(/[^A-Za-z0-9._-]+/g, '-')}`;

/**
 * Wherever a strategy put the old key or its way back, the new one stands. Nobody could write the old one before it was given, so that
 * nothing people wrote is changed.
 */
export function rekey(action: RollbackAction, was: string, is: string): RollbackAction {
  const text = (value: string): string => replaced(replaced(value, undoKey(was), is), was, is);
  const all = (values: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)] as const));
  switch (action.kind) {
    case 'dispatchWorkflow':
      return { ...action, inputs: all(action.inputs) };
    case 'createDeployment':
      return { ...action, description: text(action.description), payload: all(action.payload) };
    case 'repositoryDispatch':
      return { ...action, payload: all(action.payload) };
    case 'openRevert':
      return { ...action, branch: revertBranch(is), title: text(action.title), body: text(action.body) };
    case 'markRelease':
    case 'rerunRun':
    case 'moveRef':
      return action;
  }
}

/** `INC-4/rb1` is neither in `INC-4/rb12` nor in `INC-4/rb1-undo` nor in `XINC-4/rb1`. */
function replaced(text: string, was: string, is: string): string {
  const parts = text.split(was);
  return parts.slice(1).reduce((done, after, index) => {
    const isWhole = !/[\w-]$/.test(parts[index] ?? '') && !/^[\w-]/.test(after);
    return `${done}${isWhole ? is : was}${after}`;
  }, parts[0] ?? '');
}
