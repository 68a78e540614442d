/** The main story, told once for all modes: from the alert to the postmortem. */
import type { World } from './world.ts';

/** Until the plan asks for approval. */
export async function asksForApproval(world: World): Promise<void> {
  await world.ada.presses(/^Take the lead$/);
  await collects(world);
  await world.ada.presses(/^Roll back$/);
  await world.until('the plan', () => world.message(/✋ Waiting for approval/));
}

export async function collects(world: World): Promise<void> {
  await world.ada.presses(/^Add URLs and screenshots$/);
  const file = await world.ada.uploads();
  await world.ada.fills({ urls: `${world.stage.shop.url}/checkout`, screenshots: [file] });
}

export async function isApproved(world: World): Promise<void> {
  await world.grace.presses(/^Approve$/);
}

export async function recovers(world: World): Promise<void> {
  await world.until('the verdict', () => world.message(/^Recovered/));
}

export async function plays(world: World): Promise<void> {
  await asksForApproval(world);
  await isApproved(world);
  await recovers(world);
  await world.ada.presses(/^Resolve…$/);
  await world.ada.fills({ text: 'Rolled back; cartTotal needs a fix.' });
  await world.until('the postmortem', async () => (await world.incident()).postmortem !== undefined && world.message(/postmortem draft of INC-1 is ready/));
}
