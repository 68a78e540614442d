/** Posts to a webhook the way Alertmanager does: 5xx and cut lines are tried again, anything else that is not 2xx is given up. */
import type { Clock } from '../../lib/clock.ts';

/** `dropped`: answered with something that is neither 2xx nor 5xx, which Alertmanager does not repeat. */
export interface Delivery {
  readonly at: number;
  readonly status: 'firing' | 'resolved';
  readonly fingerprint: string;
  readonly outcome: 'delivered' | 'retrying' | 'dropped';
  /** HTTP status, or why there was none. */
  readonly because: string;
}
export interface Parcel {
  readonly status: 'firing' | 'resolved';
  readonly fingerprint: string;
  readonly payload: unknown;
  /** false: it has been overtaken, and is not tried again. */
  isCurrent(): boolean;
}
export interface CourierOptions {
  readonly clock: Clock;
  readonly webhookUrl: string;
  readonly bearer: string | undefined;
  readonly retryMs: number;
}
export interface Courier {
  readonly deliveries: readonly Delivery[];
  /** Ends with the first attempt; later ones follow by the clock. */
  deliver(parcel: Parcel): Promise<Delivery>;
  /** When no attempt is under way. */
  settled(): Promise<void>;
  close(): void;
}

const CALL_TIMEOUT_MS = 5_000;
const LONGEST_PAUSE = 16; // times retryMs

export function createCourier(options: CourierOptions): Courier {
  const { clock } = options;
  const deliveries: Delivery[] = [];
  const underWay = new Set<Promise<unknown>>();
  const planned = new Set<() => void>();
  let isClosed = false;
  const attempt = async (parcel: Parcel, tries: number): Promise<Delivery> => {
    const because = await post(options, parcel.payload);
    const outcome = /^2\d\d$/.test(because) ? 'delivered' : /^[134]\d\d$/.test(because) ? 'dropped' : 'retrying';
    const delivery: Delivery = { at: clock.now(), status: parcel.status, fingerprint: parcel.fingerprint, outcome, because };
    deliveries.push(delivery);
    if (outcome !== 'retrying' || isClosed) return delivery;
    const cancel = clock.at(clock.now() + options.retryMs * Math.min(2 ** tries, LONGEST_PAUSE), () => {
      planned.delete(cancel);
      if (parcel.isCurrent()) void track(attempt(parcel, tries + 1)); // ends as an entry in `deliveries`
    });
    planned.add(cancel);
    return delivery;
  };
  const track = <T>(job: Promise<T>): Promise<T> => {
    underWay.add(job);
    return job.finally(() => underWay.delete(job));
  };
  return {
    deliveries,
    deliver: (parcel) => track(attempt(parcel, 0)),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close() {
      isClosed = true;
      for (const cancel of planned) cancel();
      planned.clear();
    },
  };
}

/** The HTTP status as text, or what went wrong; never throws. */
async function post(options: CourierOptions, payload: unknown): Promise<string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': 'Alertmanager/0.25.0' };
  if (options.bearer !== undefined) headers.authorization = `Bearer ${options.bearer}`;
  try {
    const response = await fetch(options.webhookUrl, {
      method: 'POST',
      headers,
      body: JSON.stringify(payload),
      redirect: 'manual',
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    await response.arrayBuffer(); // frees the connection
    return String(response.status);
  } catch (error) {
    return error instanceof Error ? `no answer: ${error.message}` : 'no answer';
  }
}
