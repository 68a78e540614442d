/** What happened in the recorded traces. Seconds count from the moment the rollback took effect. */
export interface Moment {
  /** Which process serves: another one starts its counters from zero. */
  readonly process: string;
  /** Requests per second of the whole fleet. */
  readonly traffic: number;
  /** Share of requests that fail. */
  readonly errors: number;
  readonly isMissed: boolean;
}
export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly expect: 'recovered' | 'better' | 'no-effect' | 'worse' | 'blind';
  readonly query: string;
  readonly traffic: string;
  readonly stepS: number;
  readonly threshold: number;
  readonly quietS: number;
  readonly patienceS: number;
  /** When it began to be bad. */
  readonly brokeS: number;
  readonly fleet: { readonly from: number; readonly to: number; at(second: number, index: number): Moment };
}

const ratio = (window: string): string => `sum(rate(http_requests_total{code=~"5.."}[${window}])) / sum(rate(http_requests_total[${window}]))`;
const flow = (window: string): string => `sum(rate(http_requests_total[${window}]))`;

const FROM = -1_200;
const BROKE = -600;
const TO = 900;
const GOOD = 0.004;
const BAD = 0.08;

interface Story extends Partial<Omit<Scenario, 'fleet' | 'name' | 'about' | 'expect'>> {
  /** `after`: from the rollback on; `before`: what differs from two processes at 40 requests per second. */
  at?(second: number, index: number): Partial<Moment>;
}

function scenario(name: string, expect: Scenario['expect'], about: string, story: Story = {}): Scenario {
  const { at = () => ({}), ...over } = story;
  const usual = (second: number): Moment => ({
    process: second < BROKE ? 'v1' : second < 0 ? 'v2' : 'v1-again',
    traffic: 40,
    errors: second >= BROKE && second < 0 ? BAD : GOOD,
    isMissed: false,
  });
  const fleet = { from: FROM, to: TO, at: (second: number, index: number): Moment => ({ ...usual(second), ...at(second, index) }) };
  const limits = { stepS: 15, threshold: 0.02, quietS: 180, patienceS: 600, brokeS: BROKE };
  return { name, about, expect, query: ratio('1m'), traffic: flow('1m'), ...limits, ...over, fleet };
}

const after = (what: Partial<Moment>) => (second: number) => (second >= 0 ? what : {});

export const SCENARIOS: readonly Scenario[] = [
  scenario('recovered', 'recovered', 'back at once'),
  scenario('recovered-without-a-series', 'recovered', 'hardly an error on a good day: after the rollback there is no 5xx series at all', {
    at: (second) => (second >= 0 ? { errors: 0 } : second < BROKE ? { errors: 0.0001 } : {}),
  }),
  scenario('recovered-instance-by-instance', 'recovered', 'one process is replaced a minute before the run ends, the other a minute after', {
    at: (second, index) => (second >= (index === 0 ? -60 : 60) ? { process: 'v1-again', errors: GOOD } : second >= BROKE ? { process: 'v2', errors: BAD } : {}),
  }),
  scenario('recovered-over-a-missed-minute', 'recovered', 'four scrapes are missed while it is quiet', {
    at: (second) => ({ isMissed: second >= 100 && second < 160 }),
  }),
  scenario('recovered-slow-query', 'recovered', 'rate[5m] shows the past five minutes, so it takes five minutes more', {
    query: ratio('5m'),
    traffic: flow('5m'),
    patienceS: 900,
  }),
  scenario('recovered-restarts', 'recovered', 'a process restarts while it is quiet: its counters start from zero', {
    at: (second, index) => (index === 0 && second >= 120 ? { process: 'v1-third' } : {}),
  }),
  scenario('no-effect', 'no-effect', 'the release was not the cause', { at: after({ errors: BAD }) }),
  scenario('no-effect-lull', 'no-effect', 'no errors for two minutes after the deploy, and then as before', {
    at: (second) => (second >= 0 ? { errors: second < 120 ? 0 : BAD } : {}),
  }),
  scenario('no-effect-crash-loop', 'no-effect', 'every process restarts each minute, before and after', {
    at: (second) => (second >= BROKE ? { process: `p${Math.floor(second / 60)}`, errors: BAD } : {}),
  }),
  scenario('no-effect-baseline', 'no-effect', 'it was as bad before the release', { at: () => ({ errors: BAD }) }),
  scenario('bursts', 'blind', 'errors for half a minute every five minutes, before and after: three quiet minutes are nothing special', {
    at: (second) => (second >= BROKE ? { errors: (second + 600) % 300 < 30 ? 0.4 : 0 } : {}),
    patienceS: 880,
  }),
  scenario('better', 'better', 'from 8 % to 3 %', { at: after({ errors: 0.03 }) }),
  scenario('better-baseline', 'better', 'back to 3 %, which it was before, and that is above the threshold', {
    at: (second) => ({ errors: second >= BROKE && second < 0 ? 0.3 : 0.03 }),
  }),
  scenario('worse', 'worse', 'from 8 % to 25 %', { at: after({ errors: 0.25 }) }),
  scenario('blind-no-scrape', 'blind', 'no scrape succeeds since the deploy', { at: after({ isMissed: true }) }),
  scenario('blind-half-of-the-scrapes', 'blind', 'Prometheus cannot reach the new processes for minutes on end', {
    at: (second) => ({ isMissed: second >= 0 && second % 300 >= 90 }),
  }),
  scenario('blind-few-requests', 'blind', 'three requests per minute', { at: () => ({ traffic: 0.05 }) }),
  scenario('blind-unreachable', 'blind', 'hardly a request gets through any more, and of those none fails', { at: after({ traffic: 0.8, errors: 0 }) }),
  scenario('blind-no-requests', 'blind', 'no request at all', { at: after({ traffic: 0 }) }),
  scenario('blind-lost-series', 'blind', 'the series of failed requests is lost, and the others are not', {
    query: 'sum(rate(http_requests_total{code=~"5..",instance!~"v1-again.*"}[1m])) / sum(rate(http_requests_total[1m]))',
  }),
];
