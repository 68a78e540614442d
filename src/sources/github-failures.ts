/** A deployment that failed is an alert of every service it was for; the next one that succeeds ends it. */
import type { OutsideChange } from '../core/model.ts';
import { concerns, type Seen } from '../core/seen.ts';
import type { Service } from '../core/service.ts';
import type { RawSignal } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary } from './text.ts';

const STATES: Readonly<Record<string, RawSignal['state']>> = {
  failure: 'firing',
  error: 'firing',
  timed_out: 'firing',
  startup_failure: 'firing',
  success: 'resolved',
};

/** `ref` undefined: a deployment, which is to its environment whatever it deploys. */
export function failureSignals(seen: Seen, services: readonly Service[], ref?: { readonly defaultBranch: string | undefined }): readonly RawSignal[] {
  const { change } = seen;
  const state = Object.hasOwn(STATES, change.state) ? STATES[change.state] : undefined;
  if (state === undefined || (change.what !== 'run' && change.what !== 'deployment')) return [];
  return services
    .filter((service) => concerns(seen, service) && (ref === undefined || isDeployed(change.tag, ref.defaultBranch, service)))
    .map((service) => signalOf(seen, service, state));
}

function isDeployed(ref: string | undefined, defaultBranch: string | undefined, service: Service): boolean {
  return ref !== undefined && (ref === defaultBranch || isReleaseTag(ref, service));
}

/** `v2.13.0`, `2026-11-20`, `shop-v4`: what the service's releases are called, and no branch that merely holds a digit. */
function isReleaseTag(tag: string, { rollback: { tagPrefix } }: Service): boolean {
  return tag.startsWith(tagPrefix) && /^v?\d[\w.+-]*$/.test(tag.slice(tagPrefix.length));
}

function signalOf(seen: Seen, service: Service, state: RawSignal['state']): RawSignal {
  const { repo, change, workflow } = seen;
  const what = workflow ?? `to ${service.environment}`;
  return {
    fingerprint: cleanIdentity(`deploy:${repo.toLowerCase()}:${what}:${service.name}`),
    state,
    at: change.at,
    severity: undefined,
    summary: summaryOf(change, { repo, workflow, state }),
    labels: cleanLabels([
      ['alertname', 'DeployFailed'],
      ['service', service.name],
      ['repo', repo],
      ['workflow', workflow],
      ['environment', change.environment],
      ['ref', change.tag],
      ['conclusion', change.state],
      ['by', change.by],
    ]),
    links: cleanLinks({ [workflow === undefined ? 'Deployment' : 'Run']: change.url }),
    service: service.name,
  };
}

function summaryOf(change: OutsideChange, { repo, workflow, state }: { repo: string; workflow: string | undefined; state: RawSignal['state'] }): string {
  const end = state === 'resolved' ? 'succeeded' : change.state === 'timed_out' ? 'timed out' : 'failed';
  const of = change.tag === undefined ? '' : ` of ${change.tag}`;
  return cleanSummary(workflow === undefined ? `The deployment${of} to ${change.environment ?? '?'} ${end} (${repo})` : `${workflow}${of} ${end} (${repo})`);
}
