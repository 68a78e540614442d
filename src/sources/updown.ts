/** Up and down: UptimeRobot, Healthchecks.io and whoever else can fill in one of the two templates of docs/sources/updown.md. */
import { z } from 'zod';
import { field, fields, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity, tagLabels } from './text.ts';

const payload = z.object({
  // Healthchecks.io
  check: field,
  status: field,
  name: field,
  slug: field,
  /** With spaces between them, as Healthchecks.io keeps them. */
  tags: fields,
  at: field,
  url: field,
  // UptimeRobot
  monitorID: field,
  monitorURL: field,
  monitorFriendlyName: field,
  alertType: field,
  alertTypeFriendlyName: field,
  alertDetails: field,
  alertDateTime: field,
  // For both, when somebody wrote it into the template.
  service: field,
  severity: field,
});
type Payload = z.output<typeof payload>;

/** More labels than this are not kept of any alert. */
const MOST_TAGS = 50;

/** Words and UptimeRobot's numbers. Its 3 is a certificate that will expire: nothing is down. */
const STATES: Readonly<Record<string, RawSignal['state'] | 'nothing'>> = {
  down: 'firing',
  1: 'firing',
  up: 'resolved',
  2: 'resolved',
  'ssl expiry': 'nothing',
  3: 'nothing',
};

export const updown = defineSource({
  name: 'updown',
  about: 'UptimeRobot, Healthchecks.io and others that say up and down',
  tokenHeaders: ['x-tagback-token'],
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: () => 'a certificate that will expire; nothing is down',
});

function toSignals(body: Payload, { now }: ReadContext): readonly RawSignal[] {
  const isRobot = body.monitorID !== undefined;
  const id = need(body.check ?? body.monitorID, 'check', 'required: $CODE of Healthchecks.io; or monitorID: *monitorID* of UptimeRobot');
  const word = (body.status ?? body.alertType ?? body.alertTypeFriendlyName ?? '').toLowerCase();
  const state = need(
    Object.hasOwn(STATES, word) ? STATES[word] : undefined,
    isRobot ? 'alertType' : 'status',
    'expected up or down (or 1, 2, 3 of UptimeRobot)',
  );
  const at = readMoment(body.at ?? body.alertDateTime, { path: isRobot ? 'alertDateTime' : 'at', now }) ?? now;
  if (state === 'nothing') return [];
  const name = body.name ?? body.monitorFriendlyName ?? body.monitorURL ?? id;
  return [
    {
      fingerprint: cleanIdentity(id),
      state,
      at,
      severity: readSeverity(body.severity),
      summary: cleanSummary(`${name} is ${state === 'firing' ? 'down' : 'up'}${body.alertDetails ? `: ${body.alertDetails}` : ''}`),
      labels: labelsOf(body, name),
      links: cleanLinks({ Page: body.monitorURL, Check: body.url }),
    },
  ];
}

function labelsOf(body: Payload, name: string): Record<string, string> {
  const host = body.monitorURL !== undefined && URL.canParse(body.monitorURL) ? new URL(body.monitorURL).hostname : undefined;
  const tags = body.tags.flatMap((list) => list.split(/\s+/, MOST_TAGS)).filter((tag) => tag !== '');
  return cleanLabels([
    ['alertname', name],
    ['check', name],
    ['slug', body.slug],
    ['url', body.monitorURL],
    ['host', host],
    ['service', body.service],
    ['details', body.alertDetails],
    ...tagLabels(tags),
  ]);
}
