/** Which release is suspected when an incident opens, how sure, and why. From what the deployments said; nothing is read here. */
import { sayDuration } from './metrics.ts';
import type { Incident } from './model.ts';

export interface Suspect {
  readonly tag: string;
  readonly sure: 'likely' | 'possible' | 'unlikely';
  readonly because: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Most bad releases show within half an hour of traffic; what ran a day without an alert has seen every hour of a day. */
const LIKELY_MS = 30 * MINUTE_MS;
const POSSIBLE_MS = 24 * HOUR_MS;
/** The alert's clock and GitHub's may differ. */
const SKEW_MS = MINUTE_MS;

/** undefined: which release ran is not known, so none is suspected. */
export function suspect({ release, alerts, openedAt }: Pick<Incident, 'release' | 'alerts' | 'openedAt'>): Suspect | undefined {
  const { current, previous, deployedAt } = release ?? {};
  if (current === undefined) return undefined;
  const began = Math.min(openedAt, ...Object.values(alerts).map(({ firstAt }) => firstAt));
  if (deployedAt === undefined) return { tag: current, sure: 'possible', because: `${current} runs, but since when could not be found out` };
  const ran = began - deployedAt;
  if (ran < -SKEW_MS) {
    const late = `${current} was deployed ${sayDuration(-ran)} after the trouble began`;
    if (previous === undefined) return { tag: current, sure: 'unlikely', because: late };
    return { tag: previous, sure: 'possible', because: `${late}; ${previous} ran before it` };
  }
  if (ran <= 0) return { tag: current, sure: 'likely', because: `${current} was deployed at the moment the trouble began` };
  if (ran <= LIKELY_MS) return { tag: current, sure: 'likely', because: `${current} was deployed ${sayDuration(ran)} before the trouble began` };
  if (ran <= POSSIBLE_MS) return { tag: current, sure: 'possible', because: `${current} had been running for ${sayDuration(ran)}` };
  return { tag: current, sure: 'unlikely', because: `${current} had been running for ${Math.floor(ran / (24 * HOUR_MS))} d without an alert like this` };
}
