/** `/api/incidents`: for dashboards, scripts and other bots. Read everything, open an incident; deciding stays with people in Slack. */
import * as z from 'zod';
import type { Incident, IncidentId, Person, Reply, Severity, TimelineEvent } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { type HttpAnswer, json } from './answer.ts';
import { checkHeaders } from './guard.ts';
import { parseJson } from './json.ts';
import { rollbackRecords } from './rollback-records.ts';
import type { HttpRequest } from './server.ts';

/** What the API asks of the engine. */
export interface ApiEngine {
  list(page: { before?: number; limit: number; service?: string }): Promise<readonly IncidentSummary[]>;
  incident(id: IncidentId): Promise<Incident | undefined>;
  timeline(id: IncidentId): Promise<readonly TimelineEvent[]>;
  auditOf(id: IncidentId): Promise<Audit['events']>;
  /** Reads the whole record of all incidents; seconds for a million events. */
  prove(): Promise<Omit<Audit, 'events'>>;
  openIncident(
    ask: { title: string; service: string | undefined; severity: Severity | undefined; by: Person; evidence: readonly never[] },
    once: string,
  ): Promise<{ incident: Incident; reply: Reply }>;
  services(): readonly { readonly name: string }[];
}
/** The incident's rows of the record, each to be checked as SHA-256 of `previous` and its canonical JSON, and what the whole chain says. */
export interface Audit {
  readonly events: readonly { readonly seq: number; readonly number: number; readonly at: number; readonly previous: string; readonly hash: string }[];
  readonly head: { readonly seq: number; readonly hash: string };
  /** Rows checked, of all incidents. */
  readonly rows: number;
  readonly broken: { readonly kind: string; readonly seq: number; readonly because: string } | undefined;
}
export interface IncidentSummary {
  readonly id: IncidentId;
  readonly number: number;
  readonly service: string;
  readonly title: string;
  readonly phase: string;
  readonly severity: string;
  readonly openedAt: number;
  readonly updatedAt: number;
}

const PAGE = 50;
const Opening = z.strictObject({
  title: z.string().trim().min(1).max(200),
  service: z.string().max(100).optional(),
  severity: z.enum(['sev1', 'sev2', 'sev3']).optional(),
  key: z.string().min(1).max(200).optional(),
});

export function incidentApi(engine: ApiEngine, newKey: () => string) {
  return {
    async list({ query }: HttpRequest): Promise<HttpAnswer> {
      const before = query.get('before');
      if (before !== null && !/^\d{1,9}$/.test(before)) throw new Failure('E_ARGS', 'before is the number of an incident', { path: 'before' });
      const service = query.get('service') ?? undefined;
      const rows = await engine.list({ limit: PAGE, ...(before !== null && { before: Number(before) }), ...(service !== undefined && { service }) });
      const incidents = rows.map(({ openedAt, updatedAt, ...row }) => ({ ...row, openedAt: iso(openedAt), updatedAt: iso(updatedAt) }));
      const last = rows.at(-1);
      return json(200, { incidents, next: rows.length === PAGE && last ? `?before=${last.number}` : null });
    },
    /** With `?audit=check` also the incident's rollbacks in short and the proof that all events are what was written; `?audit=rows`: without the proof. */
    async show({ params, query }: HttpRequest): Promise<HttpAnswer> {
      const id = (params.id ?? '').toUpperCase();
      const incident = /^INC-\d{1,9}$/.test(id) ? await engine.incident(id) : undefined;
      if (!incident) throw new Failure('E_NOT_FOUND', 'no such incident', { path: 'id', hint: 'ids look like INC-42; GET /api/incidents lists them' });
      const events = await engine.timeline(id);
      const { playbook, ...rest } = incident;
      const shown = { incident: { ...rest, playbook: playbook && { name: playbook.name, hash: playbook.hash } }, events };
      const wanted = query.get('audit');
      if (wanted !== 'check' && wanted !== 'rows') return json(200, shown);
      const more = { ...shown, rollbacks: rollbackRecords(incident) };
      const rows = await engine.auditOf(id);
      if (wanted === 'rows') return json(200, { ...more, audit: { events: rows } });
      const proof = await engine.prove();
      return json(200, { ...more, audit: { events: rows, ...proof, chain: verdictOf(proof) } });
    },
    async open(request: HttpRequest): Promise<HttpAnswer> {
      checkHeaders(request.headers);
      const read = Opening.safeParse(parseJson(await request.body()).value);
      if (!read.success) {
        const issue = read.error.issues[0];
        throw new Failure(
          'E_SCHEMA',
          `${issue?.path.join('.') || '(root)'}: ${issue?.code === 'invalid_type' ? `expected ${issue.expected}` : (issue?.message ?? 'wrong')}`,
          {
            path: issue?.path.join('.') ?? '',
            hint: 'title is required; service, severity and key (the same key opens once) may stand beside it',
          },
        );
      }
      const { title, service, severity, key } = read.data;
      if (service !== undefined && !engine.services().some(({ name }) => name === service)) {
        throw new Failure('E_UNKNOWN_SERVICE', 'no such service', {
          path: 'service',
          hint: `the services are: ${engine
            .services()
            .map(({ name }) => name)
            .join(', ')}`,
        });
      }
      const by: Person = { slackId: 'API', name: 'API', rank: 'member', groups: [] };
      const { incident } = await engine.openIncident({ title, service, severity, by, evidence: [] }, `api:${key ?? newKey()}`);
      return json(201, { id: incident.id, version: incident.version });
    },
  };
}

function verdictOf({ rows, broken }: Omit<Audit, 'events'>): string {
  return broken
    ? `broken at row ${broken.seq}: ${broken.because} (${broken.kind}); ${rows} rows before it are as they were written`
    : `ok, ${rows} rows checked`;
}

const iso = (at: number): string => new Date(at).toISOString();
