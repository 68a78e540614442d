/** A workspace with a small Bolt app and a playground in front of it: what the playground is tried and looked at with. */
import type { App } from '@slack/bolt';
import { type Clock, realClock } from '../../src/lib/clock.ts';
import type { PlaygroundExtras } from '../../src/sandbox/playground/extras.ts';
import { type Playground, startPlayground } from '../../src/sandbox/playground/server.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { socketApp, stage } from './slack-stage.ts';

export const ADA = 'U0ADA';
export const GRACE = 'U0GRACE';
export const KEN = 'U0KEN';

export const cast = [
  { id: ADA, role: 'on call' },
  { id: GRACE, role: 'approver' },
  { id: KEN, role: 'guest' },
] as const;

export interface Scene {
  readonly slack: MiniSlack;
  readonly app: App;
  readonly playground: Playground;
  close(): Promise<void>;
}

export interface Script {
  readonly extras?: Partial<PlaygroundExtras>;
  readonly clock?: Clock;
  listen?(app: App, slack: MiniSlack): void;
}

export async function startScene({ extras = {}, clock = realClock, listen }: Script = {}): Promise<Scene> {
  const slack = await stage({
    clock,
    people: [
      { id: ADA, name: 'ada', realName: 'Ada Okafor' },
      { id: GRACE, name: 'grace', realName: 'Grace Lindqvist' },
      { id: KEN, name: 'ken', realName: 'Ken Moreno' },
    ],
    groups: [{ id: 'S0ONCALL', handle: 'on-call', members: [ADA] }],
    channels: ['incidents', 'general'],
    commands: ['/incident', '/rollback'],
    shortcuts: ['report_problem', 'declare_incident'],
    messageShortcuts: ['add_to_timeline'],
    escapeCommands: true,
  });
  const app = await socketApp(slack, (made) => listen?.(made, slack), 10_000);
  const playground = await startPlayground({ slack, extras: { cast, ...extras }, timeZone: 'UTC' });
  return {
    slack,
    app,
    playground,
    async close() {
      await playground.close();
      await app.stop();
      await slack.close();
    },
  };
}
