/** A rule and its Alertmanager in one: looks at the error rate, waits out `forMs`, and posts what Alertmanager posts. */
import type { Clock } from '../../lib/clock.ts';
import { type Alert, fingerprintOf, payloadFor } from './alert-payload.ts';
import { type Courier, createCourier, type Delivery } from './deliver.ts';

type Texts = Readonly<Record<string, string>>;
export interface AlertRule {
  /** Errors ÷ requests above which the alert is due, 0…1. */
  readonly threshold: number;
  readonly forMs: number;
  readonly everyMs: number;
  /** Default: the error ratio of `checkout-api` over 5 s. */
  readonly query?: string;
  /** Laid over the default labels and annotations. */
  readonly labels?: Texts;
  readonly annotations?: Texts;
}
export interface AlertingOptions {
  readonly clock: Clock;
  /** Base URL of a Prometheus. */
  readonly prometheusUrl: string;
  readonly webhookUrl: string;
  /** For `Authorization: Bearer …`; undefined: none is sent. */
  readonly bearer?: string;
  readonly rule: AlertRule;
  /** A firing alert is sent again after this long. Default 1 h. */
  readonly repeatMs?: number;
  /** First pause before a failed delivery is tried again; it doubles, up to 16 times that. Default 1 s. */
  readonly retryMs?: number;
}
export interface Alerting {
  /** Fires by hand and says how the first delivery went. The alert stands until `resolve`, or until the rule has seen the rate high and then low. */
  fire(over?: { readonly labels?: Texts; readonly annotations?: Texts }): Promise<Delivery>;
  /** Resolves one alert, or all that stand. */
  resolve(fingerprint?: string): Promise<void>;
  readonly deliveries: readonly Delivery[];
  /** Fingerprints of the alerts that stand. */
  firing(): readonly string[];
  /** When nothing is being asked or sent any more. */
  settled(): Promise<void>;
  close(): void;
}

/** An alert that fires; `isByHand` until the rule itself has seen a reason for it. */
interface Standing {
  readonly alert: Alert;
  readonly isByHand: boolean;
  readonly sentAt: number;
}
interface Room {
  readonly options: AlertingOptions;
  readonly courier: Courier;
  readonly standing: Map<string, Standing>;
  /** Since when the rule's condition holds; undefined: it does not. */
  pendingSince: number | undefined;
}

const DEFAULT_QUERY = 'sum(rate(http_requests_total{service="checkout-api",code=~"5.."}[5s])) / sum(rate(http_requests_total{service="checkout-api"}[5s]))';
const DEFAULT_LABELS: Texts = {
  alertname: 'CheckoutHigh5xx',
  cluster: 'demo',
  env: 'production',
  service: 'checkout-api',
  severity: 'critical',
  team: 'payments',
};
const CALL_TIMEOUT_MS = 5_000;
const HOUR_MS = 3_600_000;

export function startAlerting(options: AlertingOptions): Alerting {
  const { clock, rule, webhookUrl, bearer, retryMs = 1_000 } = options;
  const room: Room = { options, courier: createCourier({ clock, webhookUrl, bearer, retryMs }), standing: new Map(), pendingSince: undefined };
  let line: Promise<unknown> = Promise.resolve();
  const queue = <T>(job: () => Promise<T>): Promise<T> => {
    const done = line.then(job);
    line = done.catch(() => undefined); // whoever queued the job sees its error; the next one goes on
    return done;
  };
  let cancelTick = () => {};
  const tick = () => {
    cancelTick = clock.at(clock.now() + rule.everyMs, tick);
    void queue(() => look(room)); // its outcome is in `deliveries`
  };
  tick();
  return {
    deliveries: room.courier.deliveries,
    firing: () => [...room.standing.keys()],
    fire: (over) => queue(() => raise(room, { ...over, isByHand: true })),
    async resolve(fingerprint) {
      await queue(() => Promise.all((fingerprint === undefined ? [...room.standing.keys()] : [fingerprint]).map((one) => lower(room, one))));
    },
    async settled() {
      await line;
      await room.courier.settled();
    },
    close() {
      cancelTick();
      room.courier.close();
    },
  };
}

/** One evaluation of the rule. No data is neither above nor below: it changes nothing. */
async function look(room: Room): Promise<void> {
  const { clock, rule, repeatMs = HOUR_MS } = room.options;
  const ratio = await errorRatio(room.options);
  const now = clock.now();
  if (ratio !== undefined) {
    const own = fingerprintOf({ ...DEFAULT_LABELS, ...rule.labels });
    const mine = room.standing.get(own);
    room.pendingSince = ratio > rule.threshold ? (room.pendingSince ?? now) : undefined;
    const isDue = room.pendingSince !== undefined && now - room.pendingSince >= rule.forMs;
    if (isDue && !mine) await raise(room, { annotations: { summary: `Checkout 5xx rate is ${percent(ratio)}` }, isByHand: false });
    if (isDue && mine?.isByHand) room.standing.set(own, { ...mine, isByHand: false });
    if (room.pendingSince === undefined && mine && !mine.isByHand) await lower(room, own);
  }
  for (const one of room.standing.values()) if (now - one.sentAt >= repeatMs) await send(room, one);
}

/** What a careful rule writes: `{{ printf "%.1f" … }} %`. */
const percent = (ratio: number): string => `${Number((ratio * 100).toFixed(1))} %`;

async function raise(room: Room, over: { readonly labels?: Texts; readonly annotations?: Texts; readonly isByHand: boolean }): Promise<Delivery> {
  const { clock, rule } = room.options;
  const labels = { ...DEFAULT_LABELS, ...rule.labels, ...over.labels };
  const annotations = {
    summary: 'Checkout 5xx rate is high',
    description: `${labels.service} in ${labels.env} returns 5xx for more than ${percent(rule.threshold)} of requests.`,
    ...rule.annotations,
    ...over.annotations,
  };
  const fingerprint = fingerprintOf(labels);
  const before = room.standing.get(fingerprint);
  const alert: Alert = { labels, annotations, startsAt: before?.alert.startsAt ?? clock.now(), endsAt: undefined, fingerprint };
  return send(room, { alert, isByHand: over.isByHand && (before?.isByHand ?? true), sentAt: clock.now() });
}

async function send(room: Room, one: Standing): Promise<Delivery> {
  const { fingerprint } = one.alert;
  const standing = { ...one, sentAt: room.options.clock.now() };
  room.standing.set(fingerprint, standing);
  const isCurrent = () => room.standing.get(fingerprint)?.sentAt === standing.sentAt;
  return room.courier.deliver({ status: 'firing', fingerprint, payload: payload(room, one.alert), isCurrent });
}

async function lower(room: Room, fingerprint: string): Promise<void> {
  const one = room.standing.get(fingerprint);
  if (!one) return;
  room.standing.delete(fingerprint);
  const ended = payload(room, { ...one.alert, endsAt: room.options.clock.now() });
  await room.courier.deliver({ status: 'resolved', fingerprint, payload: ended, isCurrent: () => !room.standing.has(fingerprint) });
}

function payload({ options }: Room, alert: Alert): unknown {
  const expression = `${options.rule.query ?? DEFAULT_QUERY} > ${options.rule.threshold}`;
  const generatorUrl = `${options.prometheusUrl}/graph?g0.expr=${encodeURIComponent(expression)}&g0.tab=1`;
  return payloadFor(alert, { receiver: 'tagback', externalUrl: options.prometheusUrl, generatorUrl });
}

/** undefined: no answer, or no data in it. */
async function errorRatio({ prometheusUrl, rule, clock }: AlertingOptions): Promise<number | undefined> {
  const body = new URLSearchParams({ query: rule.query ?? DEFAULT_QUERY, time: String(clock.now() / 1000) });
  try {
    const response = await fetch(`${prometheusUrl}/api/v1/query`, { method: 'POST', body, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    const answer: unknown = await response.json();
    const text = firstValue(answer);
    const ratio = text === undefined ? Number.NaN : Number(text);
    return Number.isNaN(ratio) ? undefined : ratio;
  } catch {
    return undefined; // down is the same as no data
  }
}

/** `data.result[0].value[1]` of a Prometheus answer. */
function firstValue(answer: unknown): string | undefined {
  const value = ['data', 'result', '0', 'value', '1'].reduce(
    (at: unknown, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    answer,
  );
  return typeof value === 'string' ? value : undefined;
}
