/** Sends an event of the team's own making to the repository. GitHub takes it without a word about what it starts. */
import { findRun } from '../runs.ts';
import { DoneShape } from '../shapes.ts';
import { answeredAs, type Deed, keyOf } from './deed.ts';

export const repositoryDispatch: Deed<'repositoryDispatch'> = {
  kind: 'repositoryDispatch',
  async apply({ github, ...rest }, { eventType, payload, workflow, tag }) {
    const { requestId } = await github.write({
      ...rest,
      route: 'POST /repos/{owner}/{repo}/dispatches',
      params: { event_type: eventType, client_payload: payload },
      to: `send the event ${eventType} for ${tag} to ${rest.repo}`,
      schema: DoneShape,
    });
    if (workflow !== undefined) return undefined;
    return { kind: 'event', id: 0, url: `${github.web(rest.repo)}/actions`, ...answeredAs(requestId) };
  },
  async find(desk, { workflow, payload }, { since, key }) {
    // Without a workflow to look at, nothing at GitHub tells whether the event arrived.
    if (workflow === undefined) return 'unknown';
    return await findRun(desk, { workflow, event: 'repository_dispatch', since, key: keyOf(payload.tagback_id, key) });
  },
};
