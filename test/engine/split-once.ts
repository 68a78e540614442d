/** Splits one alert off an incident in the database it is given, and ends. Run by a-crash-in-the-middle-of-a-split.test.ts, which kills it. */
import { openSqlite } from '../../src/store/sqlite.ts';
import { ada } from '../core/given.ts';
import { furnish } from './reception.ts';

const [path = '', once = ''] = process.argv.slice(2);
const store = await openSqlite({ path });
await furnish(store).reception.rearrange('INC-1', { kind: 'split', what: 'alertmanager:b' }, { by: ada, once });
await store.close();
