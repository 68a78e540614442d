/** The list of sources: what `POST /webhooks/<name>` can read. */
import { alertmanager } from './alertmanager.ts';
import { azure } from './azure.ts';
import { betterstack } from './betterstack.ts';
import { cloudwatch } from './cloudwatch.ts';
import { datadog } from './datadog.ts';
import { gcp } from './gcp.ts';
import { generic } from './generic.ts';
import { github } from './github.ts';
import { grafana } from './grafana.ts';
import { honeycomb } from './honeycomb.ts';
import { newrelic } from './newrelic.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { sentry } from './sentry.ts';
import type { Source } from './source.ts';
import { updown } from './updown.ts';

export const SOURCES: readonly Source[] = [
  alertmanager,
  generic,
  github,
  azure,
  betterstack,
  datadog,
  gcp,
  honeycomb,
  newrelic,
  opsgenie,
  updown,
  cloudwatch,
  grafana,
  pagerduty,
  sentry,
];
