/** What a route of the mini GitHub gives back, and the error bodies GitHub words for it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Answer {
  readonly status: number;
  /** undefined: no body at all (204). */
  readonly body?: Json | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const DOCS = 'https://docs.github.com/rest';

export const ok = (body: Json, headers?: Readonly<Record<string, string>>): Answer => ({ status: 200, body, headers: headers ?? {} });
export const noContent: Answer = { status: 204 };
export const notFound: Answer = refuse(404, 'Not Found');
export const requiresAuthentication: Answer = refuse(401, 'Requires authentication');

/** GitHub repeats the status as a string inside the body. */
export function refuse(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { message, documentation_url: DOCS, status: String(status) }, headers };
}

/** 422 with the `errors` list GitHub adds for a field that is well-formed but not allowed. */
export function invalidField(resource: string, field: string, message: string): Answer {
  const error = { resource, field, code: 'custom', message };
  return { status: 422, body: { message: 'Validation Failed', errors: [error], documentation_url: DOCS, status: '422' } };
}

/** One page of a list: `per_page` is 1…100 (default 30), `page` counts from 1; the `link` header as GitHub writes it. */
export function paginate<T>(
  all: readonly T[],
  query: URLSearchParams,
  address: string,
): { readonly items: readonly T[]; readonly headers: Record<string, string> } {
  const perPage = Math.min(100, positive(query.get('per_page'), 30));
  const page = positive(query.get('page'), 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const items = all.slice((page - 1) * perPage, page * perPage);
  const links: string[] = [];
  const link = (to: number, rel: string) => {
    const other = new URLSearchParams(query);
    other.set('page', String(to));
    links.push(`<${address}?${other.toString()}>; rel="${rel}"`);
  };
  if (page > 1) link(Math.min(page - 1, last), 'prev');
  if (page < last) {
    link(page + 1, 'next');
    link(last, 'last');
  }
  if (page > 1) link(1, 'first');
  return { items, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

export const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'); // GitHub cuts the milliseconds
