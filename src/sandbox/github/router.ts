/** Which function answers which request. */
import type { Answer, JsonObject } from './answer.ts';
import type { AppAuth } from './app.ts';
import type { Budgets, Caller, Need } from './callers.ts';
import type { Addresses } from './shapes.ts';
import type { Effect, World } from './world.ts';

export interface Call {
  readonly world: World;
  readonly at: Addresses;
  readonly caller: Caller;
  readonly budgets: Budgets;
  readonly app: AppAuth | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The request's path, for links to other pages of a list. */
  readonly path: string;
  readonly body: JsonObject;
}
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** `:name` is one part of a path, `*name` all that is left of it. */
  readonly path: string;
  /** Access to the repository; undefined: the route looks at the caller itself. */
  readonly need?: Need;
  /** Does not cost a request of the hour. */
  readonly isFree?: boolean;
  readonly answer: (call: Call) => Answer;
}
export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export function findRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPath(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const isRest = part.startsWith('*');
    const text = isRest ? given.slice(index).join('/') : given[index];
    if (!text && part !== '') return undefined;
    if (isRest || part.startsWith(':')) {
      const value = decode(text ?? '');
      if (value === undefined) return undefined;
      params[part.slice(1)] = value;
      if (isRest) return params;
    } else if (part !== text) return undefined;
  }
  return wanted.length === given.length ? params : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a broken escape names nothing
  }
}

export const loginOf = ({ caller }: Call): string => (caller.kind === 'token' ? caller.login : 'ghost');

/** Writes down what the call has changed. */
export function note(call: Call, kind: Effect['kind'], detail: Effect['detail']): void {
  call.world.effects.push({ at: call.world.now(), kind, by: loginOf(call), detail });
}
