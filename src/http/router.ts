/** A table of routes → which one answers. Patterns are plain segments; `:name` takes one segment. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '../lib/failure.ts';
import type { HttpAnswer } from './answer.ts';
import type { HttpRequest } from './server.ts';

export type Route = { readonly method: 'GET' | 'POST'; readonly path: string } & (
  | { handle(request: HttpRequest): Promise<HttpAnswer> | HttpAnswer }
  /** For a library that reads the request itself (Bolt). It must answer. */
  | { raw(request: IncomingMessage, response: ServerResponse): Promise<void> | void }
);

export type Found =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly allow: string };

/** HEAD is answered by the GET route; node leaves the body out. Paths without `:name` are found by one look-up. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Found {
  const plain = new Map(
    routes.filter(({ path }) => !path.includes('/:')).map((route) => [`${route.method} ${route.path}`, { kind: 'found' as const, route, params: {} }]),
  );
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (method, path) => {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = plain.get(`${wanted} ${path}`);
    if (found) return found;
    const given = path.split('/');
    const methods: string[] = [];
    for (const { route, segments } of patterns) {
      const params = match(segments, given);
      if (!params) continue;
      if (route.method === wanted) return { kind: 'found', route, params };
      methods.push(route.method);
    }
    const allow = methods.join(', ');
    const details = { path: path.slice(0, 60), hint: allow === '' ? 'the routes are listed in the README' : `use ${allow}` };
    const failure =
      allow === '' ? new Failure('E_NOT_FOUND', 'no such route', details) : new Failure('E_METHOD', `this route does not take ${method}`, details);
    return { kind: 'refused', failure, allow };
  };
}

function match(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (let index = 0; index < segments.length; index += 1) {
    const [segment = '', value = ''] = [segments[index], given[index]];
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
      continue;
    }
    const decoded = decode(value);
    if (!decoded) return undefined;
    params[segment.slice(1)] = decoded;
  }
  return params;
}

function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // '%zz' names nothing
  }
}
