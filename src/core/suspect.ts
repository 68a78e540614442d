/** Which release is suspected of an incident, how sure, and why. From what the deployments said; nothing is read here. */
import { sayDuration } from './metrics.ts';
import type { Incident } from './model.ts';

export interface Suspect {
  readonly tag: string;
  readonly sure: 'likely' | 'possible' | 'unlikely';
  /** Goes on after the tag: `deployed 4 min before the first alert`. */
  readonly because: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Most bad releases show within half an hour of traffic; what ran for a day has seen every hour of a day. */
const LIKELY_MS = 30 * MINUTE_MS;
const POSSIBLE_MS = DAY_MS;
/** The alert's clock and GitHub's may differ. */
const SKEW_MS = MINUTE_MS;

type Beginning = Pick<Incident, 'release' | 'alerts' | 'openedAt' | 'openedBy'>;

/** undefined: which release ran is not known, so none is suspected. */
export function suspect(incident: Beginning): Suspect | undefined {
  const { current, previous, deployedAt } = incident.release ?? {};
  if (current === undefined) return undefined;
  const { at, name } = beginning(incident);
  if (deployedAt === undefined) return { tag: current, sure: 'possible', because: 'found running when the incident opened; since when could not be found out' };
  const ran = at - deployedAt;
  if (ran < -SKEW_MS) {
    const late = `deployed ${sayDuration(-ran)} after ${name}`;
    if (previous === undefined) return { tag: current, sure: 'unlikely', because: late };
    return { tag: previous, sure: 'possible', because: `in place until ${current} was ${late}` };
  }
  if (ran <= 0) return { tag: current, sure: 'likely', because: `deployed at the moment of ${name}` };
  if (ran <= LIKELY_MS) return { tag: current, sure: 'likely', because: `deployed ${sayDuration(ran)} before ${name}` };
  if (ran <= POSSIBLE_MS) return { tag: current, sure: 'possible', because: `running for ${sayDuration(ran)} when ${name} came` };
  return { tag: current, sure: 'unlikely', because: `running for ${Math.floor(ran / DAY_MS)} d when ${name} came` };
}

/** When users were first known to be hit, and by what: an alert says itself since when it fires. */
function beginning({ alerts, openedAt, openedBy }: Beginning): { at: number; name: string } {
  const first = Math.min(...Object.values(alerts).map(({ firstAt }) => firstAt));
  return openedBy.kind === 'human' && openedAt <= first ? { at: openedAt, name: 'the report' } : { at: Math.min(openedAt, first), name: 'the first alert' };
}

/** While it helps to decide. Once a rollback is through, the verdict knows better than any suspicion. */
export function suspectNow(incident: Incident): Suspect | undefined {
  const isTried = Object.values(incident.rollbacks).some(({ stage }) => stage === 'done');
  return incident.phase !== 'open' || isTried ? undefined : suspect(incident);
}

export const suspectWord = ({ sure }: Suspect): string => (sure === 'unlikely' ? 'Hardly the cause' : 'Suspected');

/** `Suspected: v2.14.0 (likely), deployed 4 min before the first alert`. */
export const saySuspect = (found: Suspect): string => `${suspectWord(found)}: ${found.tag} (${found.sure}), ${found.because}`;
