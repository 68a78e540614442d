/** Faults on demand, for tests that ask what happens when GitHub fails between our request and its answer. */
export type Fault =
  | 'reset-before' // the line is cut and nothing was done
  | 'reset-after' // it was done, then the line is cut
  | '502-after' // it was done, and the answer is a proxy's 502
  | '500' // nothing was done
  | 'hang' // nothing was done and no answer ever comes
  | 'hang-after' // it was done, and no answer ever comes
  | 'html' // a 200 with a web page instead of JSON; nothing was done
  | '401'
  | '409' // two of GitHub's own steps got in each other's way; nothing was done
  | 'limit' // primary limit used up
  | 'secondary'; // secondary limit, retry-after 60 s

/** `POST *dispatches` (`*` stands for anything), or a test of `METHOD /path`. */
export type Matcher = string | RegExp;

export interface Faults {
  /** The next `times` (default 1) requests that match end so. Earlier orders come first. */
  next(matcher: Matcher, fault: Fault, times?: number): void;
  /** Nobody answers at all until it is turned off. */
  down(on: boolean): void;
  /** How often each fault has struck. */
  readonly struck: Readonly<Partial<Record<Fault, number>>>;
}
export interface FaultQueue extends Faults {
  take(request: string): Fault | undefined;
}

export function createFaults(down: (on: boolean) => void): FaultQueue {
  const orders: { test: RegExp; fault: Fault; left: number }[] = [];
  const struck: Partial<Record<Fault, number>> = {};
  return {
    struck,
    down,
    next(matcher, fault, times = 1) {
      orders.push({ test: typeof matcher === 'string' ? glob(matcher) : matcher, fault, left: times });
    },
    take(request) {
      const order = orders.find((one) => one.left > 0 && one.test.test(request));
      if (!order) return undefined;
      order.left -= 1;
      struck[order.fault] = (struck[order.fault] ?? 0) + 1;
      return order.fault;
    },
  };
}

function glob(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
