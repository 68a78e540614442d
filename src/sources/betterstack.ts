/** Better Stack Uptime's outgoing webhook for incidents: JSON:API, the incident as its API shows it. */
import { z } from 'zod';
import { bag, field, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const payload = z.object({
  data: z.object({
    id: field,
    type: field,
    attributes: z.object({
      name: field,
      url: field,
      cause: field,
      status: field,
      started_at: field,
      resolved_at: field,
      team_name: field,
      severity: field,
      response_url: field,
      screenshot_url: field,
      origin_url: field,
      metadata: bag.catch([]),
    }),
  }),
});
type Payload = z.output<typeof payload>;
type Attributes = Payload['data']['attributes'];

/** Somebody on the way, or the check that it is over, still means down. Not confirmed yet means nothing yet. */
const STATES: Readonly<Record<string, RawSignal['state'] | 'nothing'>> = {
  unconfirmed: 'nothing',
  started: 'firing',
  acknowledged: 'firing',
  validating: 'firing',
  resolved: 'resolved',
};

export const betterstack = defineSource({
  name: 'betterstack',
  about: 'Better Stack Uptime (outgoing webhook for incidents)',
  tokenHeaders: ['x-tagback-token'],
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: ({ data }) => (data.type === 'incident' ? 'not confirmed yet' : 'not about an incident'),
});

/** Changes of monitors and of who is on call come through the same door when somebody chose the wrong kind of webhook: none. */
function toSignals({ data: { id, type, attributes } }: Payload, { now }: ReadContext): readonly RawSignal[] {
  if (need(type, 'data.type', 'required: incident') !== 'incident') return [];
  const identity = cleanIdentity(need(id, 'data.id', 'required: the id of the incident'));
  const word = attributes.status?.toLowerCase() ?? '';
  const state = need(Object.hasOwn(STATES, word) ? STATES[word] : undefined, 'data.attributes.status', `expected ${Object.keys(STATES).join('|')}`);
  const began = readMoment(attributes.started_at, { path: 'data.attributes.started_at', now });
  const ended = readMoment(attributes.resolved_at, { path: 'data.attributes.resolved_at', now });
  if (state === 'nothing') return [];
  return [
    {
      fingerprint: identity,
      state,
      at: (state === 'firing' ? began : ended) ?? now,
      severity: readSeverity(attributes.severity),
      summary: summaryOf(attributes),
      labels: labelsOf(attributes),
      links: cleanLinks({ Page: attributes.url, Incident: attributes.origin_url, Response: attributes.response_url, Screenshot: attributes.screenshot_url }),
    },
  ];
}

function summaryOf({ name, cause, url }: Attributes): string {
  return cleanSummary(name !== undefined && cause !== undefined ? `${name}: ${cause}` : undefined, name, cause, url);
}

function labelsOf(of: Attributes): Record<string, string> {
  const host = of.url !== undefined && URL.canParse(of.url) ? new URL(of.url).hostname : undefined;
  return cleanLabels([
    ['alertname', of.name],
    ['monitor', of.name],
    ['url', of.url],
    ['host', host],
    ['team', of.team_name],
    ['cause', of.cause],
    ...of.metadata,
  ]);
}
