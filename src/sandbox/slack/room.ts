/** Where a person stands: the world, who they are, and the way to the app. */
import type { Delivery } from './delivery.ts';
import type { SlackOptions } from './mini-slack.ts';
import type { World } from './world.ts';

export interface Room extends Delivery {
  readonly world: World;
  readonly user: string;
  readonly origin: string;
  readonly options: SlackOptions;
}
