/** What every engine promises. `open` gives a fresh, empty store; `reopen` stops it like a dead process and opens the same data again. */
import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { auditContract } from './contract-audit.ts';
import { commitContract } from './contract-commit.ts';
import { inboxContract } from './contract-inbox.ts';
import { joiningContract } from './contract-joining.ts';
import { lookUpContract } from './contract-look-ups.ts';
import { randomContract } from './contract-random.ts';
import { leaseContract, taskContract } from './contract-tasks.ts';

export interface Opened {
  readonly store: Store;
  reopen(): Promise<Store>;
  cleanup(): Promise<void>;
}
/** The store of the running test, and its successor. */
export interface Bench {
  store(): Store;
  reopen(): Promise<Store>;
}

export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(`the store on ${name}`, () => {
    let opened: Opened | undefined;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened?.cleanup();
    });
    const current = (): Opened => {
      if (!opened) throw new Error('the store did not open');
      return opened;
    };
    const bench: Bench = { store: () => current().store, reopen: () => current().reopen() };
    inboxContract(bench);
    commitContract(bench);
    auditContract(bench);
    taskContract(bench);
    leaseContract(bench);
    lookUpContract(bench);
    joiningContract(bench);
    randomContract(bench);
  });
}
