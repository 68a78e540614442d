/**
 * `GET` and `POST /report`: a person without Slack says what is broken. The browser asks for the token (HTTP Basic, any user name). Because a
 * browser sends that by itself afterwards, whoever posts must also hold a ticket that only our own form carries; it is good once, for an hour.
 */
import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Evidence, Incident, Person, Reply } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { redactText } from '../lib/redact.ts';
import type { HttpAnswer } from './answer.ts';
import { bearerBasicOr, checkEncoding, createGuard } from './guard.ts';
import { DESCRIPTION_MAX_CHARS, formBody, NAME_MAX_CHARS, NO_FIELDS, page, type ReportFields, type ReportForm, URL_MAX_CHARS, words } from './report-page.ts';
import type { Route } from './router.ts';
import type { HttpRequest } from './server.ts';

export interface ReportEngine {
  openIncident(
    ask: { title: string; service: string | undefined; severity: undefined; by: Person; evidence: readonly Evidence[] },
    once: string,
  ): Promise<{ incident: Incident; reply: Reply }>;
  services(): readonly { readonly name: string }[];
}

export interface ReportParts {
  /** REPORT_TOKEN; none: nobody is let in. */
  readonly tokens: readonly string[];
  readonly engine: ReportEngine;
  readonly clock: Clock;
  readonly log: Log;
  /** Random, of this run: tickets of an earlier one are not known any more, and the form is shown again with what was typed. */
  readonly key: string;
  readonly newId: () => string;
}

const TICKET_MS = 3_600_000;
const BODY_MAX_BYTES = 64 * 1024;
const TITLE_MAX_CHARS = 120;
/** Of all people together: addresses mean little behind a proxy, and nobody reads more than that. */
const MOST_A_MINUTE = 20;
const MINUTE_MS = 60_000;

export function reportRoutes(parts: ReportParts): readonly Route[] {
  const guard = createGuard({ tokens: parts.tokens, clock: parts.clock, given: bearerBasicOr([]) });
  const isTooMuch = countMinute(parts.clock);
  const behindToken =
    (handle: (request: HttpRequest) => Promise<HttpAnswer>) =>
    async (request: HttpRequest): Promise<HttpAnswer> => {
      try {
        await guard.admit(request);
      } catch (error) {
        if (error instanceof Failure && error.code === 'E_AUTH') return signIn();
        throw error;
      }
      return handle(request);
    };
  return [
    { method: 'GET', path: '/report', handle: behindToken(async () => show(parts, 200, {})) },
    { method: 'POST', path: '/report', handle: behindToken((request) => take(parts, request, isTooMuch)) },
  ];
}

async function take(parts: ReportParts, request: HttpRequest, isTooMuch: () => boolean): Promise<HttpAnswer> {
  const sent = await readForm(request);
  const text = (name: string): string => (sent.get(name) ?? '').replaceAll('\r\n', '\n').trim();
  const fields: ReportFields = { service: text('service'), url: text('url'), description: text('description'), name: text('name') };
  const ticket = sent.get('ticket') ?? '';
  if (request.headers['sec-fetch-site'] === 'cross-site' || !isTicket(parts, ticket))
    return show(parts, 403, {
      fields,
      wrong: { form: 'This page was open for too long, or it was not ours. Nothing was sent: please press the button again.' },
    });
  const wrong = whatIsWrong(
    fields,
    parts.engine.services().map(({ name }) => name),
  );
  if (Object.keys(wrong).length > 0) return show(parts, 422, { fields, wrong });
  if (isTooMuch()) {
    parts.log.warn({ most: MOST_A_MINUTE }, 'a report was refused: too many within a minute');
    const later = { form: `More than ${MOST_A_MINUTE} reports came within a minute. Nothing was sent: please press the button again in a minute.` };
    return show(parts, 429, { fields, wrong: later, headers: { 'retry-after': '60' } });
  }
  const { incident, reply } = await parts.engine.openIncident(askOf(fields, parts.clock.now()), `web:${ticket}`);
  parts.log.info({ incident: incident.id, service: fields.service }, 'reported by web form');
  const body = `${words(reply.text, 'well')}${words(`Thank you. Keep the number ${incident.id}: with it, the people on call find your report.`)}`;
  return page(reply.ok ? 200 : 409, { title: reply.ok ? 'They know now' : 'It was not taken', body });
}

function askOf({ service, url, description, name }: ReportFields, at: number): Parameters<ReportEngine['openIncident']>[0] {
  // In small letters: nobody's id in Slack, so nobody is mentioned, invited or asked.
  const by: Person = { slackId: 'web', name: redactText(name) || 'somebody, by web form', rank: 'member', groups: [] };
  const [firstLine = ''] = description.split('\n');
  const whole = redactText(description);
  const title = redactText(firstLine).trim().slice(0, TITLE_MAX_CHARS);
  const evidence: Evidence[] = [
    ...(url === '' ? [] : [{ kind: 'url', url: redactText(new URL(url).href), by: by.name, at } as const]),
    ...(whole === title ? [] : [{ kind: 'note', text: whole, by: by.name, at } as const]),
  ];
  return { title, service: service === '' ? undefined : service, severity: undefined, by, evidence };
}

function whatIsWrong({ service, url, description, name }: ReportFields, services: readonly string[]): ReportForm['wrong'] {
  const parsed = URL.parse(url);
  const isWeb = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === '';
  return {
    ...(description.length < 3 && { description: 'Please say in a few words what goes wrong.' }),
    ...(description.length > DESCRIPTION_MAX_CHARS && { description: `That is longer than ${DESCRIPTION_MAX_CHARS} characters.` }),
    ...(url !== '' && !isWeb && { url: 'Please copy the whole address, as it begins with https://, without a password in it.' }),
    ...(url.length > URL_MAX_CHARS && { url: `That is longer than ${URL_MAX_CHARS} characters.` }),
    ...(service !== '' && !services.includes(service) && { service: 'This service is not there any more; please choose again.' }),
    ...(name.length > NAME_MAX_CHARS && { name: `That is longer than ${NAME_MAX_CHARS} characters.` }),
  };
}

type Shown = Partial<Pick<ReportForm, 'fields' | 'wrong'>> & { readonly headers?: Readonly<Record<string, string>> };

function show(parts: ReportParts, status: number, { fields = NO_FIELDS, wrong = {}, headers = {} }: Shown): HttpAnswer {
  const services = parts.engine.services().map(({ name }) => name);
  return page(status, { title: 'Report a problem', body: formBody({ services, ticket: newTicket(parts), fields, wrong }), headers });
}

function signIn(): HttpAnswer {
  const body = words('This page is for people who were given its token. Any user name will do; the token is the password.');
  return page(401, { title: 'Not allowed', body, headers: { 'www-authenticate': 'Basic realm="Report a problem", charset="UTF-8"' } });
}

/** Throws E_MEDIA_TYPE, E_TOO_LARGE, E_UTF8. */
async function readForm({ headers, body }: HttpRequest): Promise<URLSearchParams> {
  checkEncoding(headers);
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(headers['content-type'] ?? ''))
    throw new Failure('E_MEDIA_TYPE', 'expected a form', { path: 'headers.content-type', hint: 'open /report in a browser' });
  const bytes = await body();
  if (bytes.length > BODY_MAX_BYTES)
    throw new Failure('E_TOO_LARGE', `the form is larger than ${BODY_MAX_BYTES} bytes`, { path: '(root)', hint: 'say it shorter' });
  if (!isUtf8(bytes)) throw new Failure('E_UTF8', 'the form is not UTF-8', { path: '(root)', hint: 'open /report in a browser' });
  return new URLSearchParams(bytes.toString('utf8'));
}

/** `<until>.<id>.<proof>` */
function newTicket({ key, clock, newId }: ReportParts): string {
  const claim = `${clock.now() + TICKET_MS}.${newId()}`;
  return `${claim}.${proofOf(key, claim)}`;
}

function isTicket({ key, clock }: ReportParts, ticket: string): boolean {
  const [, claim = '', until = '', proof = ''] = /^((\d{1,16})\.[\w-]{1,64})\.([0-9a-f]{64})$/.exec(ticket) ?? [];
  return timingSafeEqual(Buffer.from(proofOf(key, claim)), Buffer.from(proof.padEnd(64, '-'))) && Number(until) > clock.now();
}

const proofOf = (key: string, claim: string): string => createHmac('sha256', key).update(claim).digest('hex');

/** True when this one is too many. */
function countMinute(clock: Clock): () => boolean {
  let taken: readonly number[] = [];
  return () => {
    const now = clock.now();
    taken = taken.filter((at) => now - at < MINUTE_MS);
    if (taken.length >= MOST_A_MINUTE) return true;
    taken = [...taken, now];
    return false;
  };
}
