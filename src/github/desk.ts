import type { GitHub } from './client.ts';

/** Where readers stand: which repository, how urgent, until when. */
export interface Desk {
  readonly github: GitHub;
  readonly repo: string;
  readonly signal: AbortSignal;
  readonly priority?: 'rollback';
}
