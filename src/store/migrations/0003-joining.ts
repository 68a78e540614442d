import type { Dialect } from './dialect.ts';

/** What correlation reads: a narrow outline of each incident, where each alert belongs, and what is held back for a while. */
export const joining = ({ identity, clustered }: Pick<Dialect, 'identity' | 'clustered'>): readonly string[] => [
  'alter table incident add column outline text',
  'alter table incident add column resolved_at bigint',
  'create index incident_resolved on incident (resolved_at) where resolved_at is not null',

  'alter table signal add column service text',
  'create index signal_incident on signal (incident) where incident is not null',

  `create table held (
     source text not null, fingerprint text not null, service text, why text not null, because text not null, until bigint not null,
     since bigint not null, signal text not null, times text not null, primary key (source, fingerprint))${clustered}`,
  'create index held_until on held (until)',
  `create index held_seldom on held (service) where why = 'seldom'`,

  `create table snooze (id ${identity}, until bigint not null, body text not null)`,
];
