/** Forms and the App Home. */
import { record } from './loose.ts';
import type { Talk } from './talk.ts';
import type { Answer, Args, Lanes } from './talk-lane.ts';
import { said, unless } from './talk-messages.ts';
import type { Method } from './talk-methods.ts';

export function views(lanes: Lanes): Pick<Talk, 'openView' | 'updateView' | 'publishHome'> {
  const send = (method: Method, args: Args): Promise<Answer> => lanes.call(method, args, { write: true });
  return {
    async openView(triggerId, view) {
      const answer = await send('views.open', { trigger_id: triggerId, view });
      return said(record(answer.view), 'id', 'views.open');
    },
    async updateView(id, view) {
      return (await send('views.update', { view_id: id, view }).catch(unless('not_found'))) !== undefined;
    },
    async publishHome(user, view) {
      await send('views.publish', { user_id: user, view });
    },
  };
}
