/** GitHub's own description of its requests, as a judge: what it does not allow, our stand-ins must not let pass either. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: { readonly type?: string };
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: { readonly 'application/json'?: { readonly schema: BodySchema } } };
}
interface BodySchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>>; readonly schemas: Readonly<Record<string, unknown>> };
}

// The file is ours, made by scripts/reduce-github-openapi.ts; its shape is what that script writes.
const description = JSON.parse(readFileSync(new URL('./github-openapi.json', import.meta.url), 'utf8')) as Description;
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, schemas: [{ $id: 'github', components: description.components }] });
const compiled = new Map<string, ValidateFunction>();

/** `GET /repos/{owner}/{repo}/releases`, … */
export const OPERATIONS: readonly string[] = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

/** What is wrong with a request, in words; empty: GitHub describes exactly this. `url` with or without host and `/api/v3`. */
export function checkGitHubRequest(method: string, url: string, body: unknown): string[] {
  const { pathname, searchParams } = new URL(url, 'https://api.github.com');
  const path = pathname.replace(/^\/api\/v3(?=\/)/, '');
  const entries = Object.entries(description.paths).filter(([template]) => match(template, path) !== undefined);
  // A literal segment wins over a placeholder: /releases/latest over /releases/{release_id}.
  const [found] = entries.toSorted(([a], [b]) => a.split('{').length - b.split('{').length);
  if (found === undefined) return [`unknown path ${path}`];
  const operation = found[1][method.toLowerCase()];
  if (operation === undefined) return [`${method} is not described for ${found[0]}`];
  const parameters = operation.parameters.map((one) => ('$ref' in one ? parameterOf(one.$ref) : one));
  return [...pathFlaws(parameters, match(found[0], path) ?? {}), ...queryFlaws(parameters, searchParams), ...bodyFlaws(operation, body)];
}

export interface ContractFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Every request that was refused, with the reason; a test ends with `expect(flaws).toEqual([])`. */
  readonly flaws: readonly string[];
}

/** Lets through only what GitHub describes; the rest is noted in `flaws` and fails as a network error would. */
export function contractFetch(fetch: typeof globalThis.fetch): ContractFetch {
  const flaws: string[] = [];
  const checked = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { method = 'GET', body } = init ?? {};
    const found = checkGitHubRequest(method, String(input), typeof body === 'string' ? JSON.parse(body) : body);
    if (found.length === 0) return await fetch(input, init);
    flaws.push(...found.map((flaw) => `${method} ${new URL(String(input)).pathname}: ${flaw}`));
    throw Object.assign(new Error(`breaks GitHub's contract: ${found.join('; ')}`), { code: 'E_CONTRACT' });
  };
  return Object.assign(checked, { flaws });
}

function match(template: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== value : value === '') return undefined;
    if (name !== undefined) values[name] = decodeURIComponent(value);
  }
  return values;
}

function parameterOf(reference: string): Parameter {
  const parameter = description.components.parameters[reference.slice(reference.lastIndexOf('/') + 1)];
  if (parameter === undefined) throw new Error(`${reference} is missing from github-openapi.json; run scripts/reduce-github-openapi.ts`);
  return parameter;
}

function pathFlaws(parameters: readonly Parameter[], values: Readonly<Record<string, string>>): string[] {
  return parameters.filter((one) => one.in === 'path').flatMap((one) => flawsOf(`path ${one.name}`, one.schema, typed(one.schema, values[one.name] ?? '')));
}

function queryFlaws(parameters: readonly Parameter[], given: URLSearchParams): string[] {
  const known = parameters.filter((one) => one.in === 'query');
  const unknown = [...given.keys()].filter((name) => !known.some((one) => one.name === name));
  const wrong = known.flatMap((one) => {
    const value = given.get(one.name);
    if (value === null) return one.required ? [`query ${one.name} is missing`] : [];
    return flawsOf(`query ${one.name}`, one.schema, typed(one.schema, value));
  });
  return [...unknown.map((name) => `unknown query parameter ${name}`), ...wrong];
}

function bodyFlaws({ requestBody }: Operation, body: unknown): string[] {
  const schema = requestBody?.content['application/json']?.schema;
  if (body === undefined || body === null) return requestBody?.required ? ['the body is missing'] : [];
  if (schema === undefined) return ['a body where none is described'];
  // GitHub's description seldom forbids further properties; the server ignores a misspelt one in silence.
  const keys = typeof body === 'object' ? Object.keys(body) : [];
  const unknown = schema.additionalProperties === true ? [] : keys.filter((key) => !Object.hasOwn(schema.properties ?? {}, key));
  return [...unknown.map((key) => `unknown property ${key}`), ...flawsOf('body', schema, body)];
}

function flawsOf(where: string, schema: object, value: unknown): string[] {
  const key = JSON.stringify(schema);
  const validate = compiled.get(key) ?? ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"github#/components/')));
  compiled.set(key, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${where}${instancePath} ${message ?? 'is wrong'}`);
}

/** Text of an address as the type the parameter is meant to have; left alone when it does not read as one. */
function typed({ type }: { readonly type?: string }, text: string): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
