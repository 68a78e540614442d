import type { Dialect } from './dialect.ts';

/**
 * Wide text (bodies, events) lies in tables that only grow at their end; what is looked up at random is narrow. Finished tasks and used
 * deliveries are deleted, so that the two hot tables stay as small as the work that is left.
 */
export const first = ({ identity, clustered }: Pick<Dialect, 'identity' | 'clustered'>): readonly string[] => [
  `create table inbox (id ${identity}, source text not null, body text not null, received_at bigint not null)`,
  `create table set_aside (
     id bigint primary key, source text not null, body text not null, received_at bigint not null, because text not null, at bigint not null)`,

  `create table incident (
     number integer primary key, id text not null unique, key text not null, service text not null, title text not null, phase text not null,
     severity text not null, channel text, version integer not null, opened_at bigint not null, updated_at bigint not null)`,
  `create unique index incident_open_key on incident (key) where phase <> 'resolved'`,
  `create index incident_open on incident (number) where phase <> 'resolved'`,
  'create index incident_service on incident (service, number)',
  'create index incident_channel on incident (channel, number) where channel is not null',

  `create table event (
     incident text not null references incident (id), seq integer not null, body text not null, primary key (incident, seq))`,

  `create table once (word text primary key, at bigint not null)${clustered}`,
  'create index once_at on once (at)',
  `create table lock (name text primary key, holder text not null, at bigint not null)${clustered}`,
  `create table signal (
     source text not null, fingerprint text not null, state text not null, incident text, count integer not null, first_at bigint not null,
     at bigint not null, primary key (source, fingerprint))${clustered}`,

  `create table task (
     id ${identity}, incident text not null references incident (id), key text not null, effect text not null, due bigint not null,
     ready_at bigint not null, attempt integer not null, token text, claimed_at bigint, begun_at bigint, called_at bigint, unclear_since bigint,
     next_effect text, next_due bigint, memo text not null, because text, created_at bigint not null, unique (incident, key))`,
  'create index task_ready on task (ready_at, id)',
  'create index task_begun on task (ready_at) where begun_at is not null',

  `create table message (
     incident text not null references incident (id), slot text not null, channel text not null, ts text not null, memo text not null,
     primary key (incident, slot))${clustered}`,
  `create table value (key text primary key, json text not null)${clustered}`,
  'create table probe (only_row integer primary key check (only_row = 1), writes bigint not null)',
];
