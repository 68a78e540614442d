/** The port over any engine: packs what goes in, unpacks what comes out. */
import type { Json, TimelineEvent } from '../core/model.ts';
import { GENESIS } from './chain.ts';
import { packChange } from './commit.ts';
import { holding } from './held.ts';
import type { Answer, IncidentRecord, MessageRecord, Name, Operations } from './operations.ts';
import type { IncidentRow, MessageRow, Store } from './store.ts';
import { earlierWins, leaseOf } from './tasks.ts';

export type Ask = <N extends Name>(name: N, ...args: Parameters<Operations[N]>) => Promise<Answer<N>>;

// We wrote the text ourselves from a value of exactly this type.
const parse = <T>(text: string): T => JSON.parse(text) as T;
const incident = (row: IncidentRecord): IncidentRow => ({ ...row, channel: row.channel ?? undefined });
const message = (row: MessageRecord): MessageRow => ({ ...row, memo: parse<Json>(row.memo) });

export function storeOver(ask: Ask, engine: Pick<Store, 'counts' | 'close'>): Store {
  return { ...engine, ...inbox(ask), ...incidents(ask), ...holding(ask), ...audit(ask), ...tasks(ask), ...values(ask) };
}

function inbox(ask: Ask): Pick<Store, 'accept' | 'acceptOnce' | 'deliveries' | 'setAside' | 'check'> {
  return {
    accept: ({ source, body, receivedAt }) => ask('accept', { source, body, receivedAt }),
    acceptOnce: ({ source, body, receivedAt }, word) => ask('acceptOnce', { source, body, receivedAt }, word),
    deliveries: (limit) => ask('deliveries', limit),
    setAside: (id, because, at) => ask('setAside', id, because, at),
    check: () => ask('check'),
  };
}

function incidents(ask: Ask): Pick<Store, 'commit' | 'events' | 'find' | 'findByChannel' | 'open' | 'list' | 'lastNumber' | 'signal'> {
  return {
    commit: async (change) => ask('commit', packChange(change)),
    events: async (id, from = 0) => (await ask('events', id, from)).map((row) => parse<TimelineEvent>(row.body)),
    async find(id) {
      const row = await ask('find', id);
      return row && incident(row);
    },
    async findByChannel(channel) {
      const row = await ask('findByChannel', channel);
      return row && incident(row);
    },
    open: async () => (await ask('open')).map(incident),
    list: async (page) => (await ask('list', page)).map(incident),
    lastNumber: async () => (await ask('lastNumber'))?.number ?? 0,
    async signal(source, fingerprint) {
      const row = await ask('signal', source, fingerprint);
      return row && { ...row, incident: row.incident ?? undefined, service: row.service ?? undefined };
    },
  };
}

function audit(ask: Ask): Pick<Store, 'auditHead' | 'auditOf' | 'auditPage' | 'auditTotals' | 'auditStray'> {
  return {
    auditHead: async () => (await ask('auditHead')) ?? GENESIS,
    auditOf: async (id) => (await ask('auditOf', id)).map((row) => ({ ...row, previous: row.previous ?? GENESIS.hash })),
    auditPage: async (after, limit) => (await ask('auditPage', after, limit)).map((row) => ({ ...row, body: row.body ?? undefined })),
    async auditTotals() {
      const { seq, hash, events, versions } = (await ask('auditTotals')) ?? { ...GENESIS, events: 0, versions: 0 };
      return { head: { seq, hash: hash ?? GENESIS.hash }, events, versions };
    },
    auditStray: () => ask('auditStray'),
  };
}

function tasks(ask: Ask): Pick<Store, 'claim' | 'begin' | 'beat' | 'finish' | 'postpone' | 'nextDue' | 'tasks'> {
  return {
    async claim(wanted) {
      const taken = await ask('claim', wanted);
      return taken.map(({ due: _, ...row }) => ({ ...row, effect: parse(row.effect), unclearSince: row.unclearSince ?? undefined, memo: parse(row.memo) }));
    },
    begin: (task, at) => ask('begin', leaseOf(task), at),
    beat: (task, until) => ask('beat', leaseOf(task), until),
    finish: (task, at) => ask('finish', leaseOf(task), at),
    postpone: (task, next) => ask('postpone', leaseOf(task), { ...next, memo: JSON.stringify(next.memo), earlierWins: earlierWins(task.effect) }),
    nextDue: () => ask('nextDue'),
    tasks: async (id) =>
      (await ask('tasks', id)).map(({ token, because, ...row }) => ({
        ...row,
        state: token === null ? 'waiting' : 'running',
        because: because ?? undefined,
      })),
  };
}

function values(ask: Ask): Pick<Store, 'message' | 'messages' | 'putMessage' | 'get' | 'put'> {
  return {
    async message(id, slot) {
      const row = await ask('message', id, slot);
      return row && message(row);
    },
    messages: async (id) => (await ask('messages', id)).map(message),
    putMessage: (id, row) => ask('putMessage', id, { slot: row.slot, channel: row.channel, ts: row.ts, memo: JSON.stringify(row.memo) }),
    async get(key) {
      const row = await ask('get', key);
      return row && parse<Json>(row.json);
    },
    put: (key, value) => ask('put', key, JSON.stringify(value)),
  };
}
