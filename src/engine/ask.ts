/** Asks a reporter whether it is fixed for them: in the channel where only they see it, or, if they are not in it, directly. */
import { Failure } from '../lib/failure.ts';
import { question } from '../slack/view-reporters.ts';
import type { Doing, HandsParts } from './perform.ts';
import { messageKey } from './perform.ts';
import type { Performed } from './worker.ts';

/**
 * After an end nobody saw it is asked again: what only one person sees cannot be looked up, and a question that is there twice has the same
 * buttons. Fails for good where Slack lets us reach them in neither way.
 */
export async function ask(parts: HandsParts, { incident, aid }: Doing, who: string): Promise<Performed> {
  const reporter = incident.reporters.find(({ slackId }) => slackId === who);
  if (!reporter || reporter.said?.fixed === true) return { kind: 'done' };
  const { text, blocks } = question(incident, reporter);
  await aid.begin();
  if (incident.channel && (await isSeenInChannel(parts.talk.ephemeral(incident.channel.id, who, text, blocks)))) return { kind: 'done' };
  await parts.talk.post({ channel: who, text, blocks, key: messageKey(incident.id, `ask:${who}`) });
  return { kind: 'done' };
}

/** False: they are not in it. Trouble that passes is the task's. */
async function isSeenInChannel(shown: Promise<void>): Promise<boolean> {
  try {
    await shown;
    return true;
  } catch (error) {
    if (error instanceof Failure && error.permanent) return false;
    throw error;
  }
}
