import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../src/store/sqlite.ts';
import { storeContract } from './contract.ts';

storeContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tagback-store-'));
  const path = join(folder, 'tagback.db');
  let store = await openSqlite({ path });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openSqlite({ path });
      return store;
    },
    async cleanup() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
