/** What a request body must look like, and GitHub's words when it does not. */
import { type Answer, type JsonObject, refuse } from './answer.ts';

export type Kind = 'string' | 'boolean' | 'object' | 'array' | 'any';
export interface BodyRule {
  readonly keys: Readonly<Record<string, Kind>>;
  readonly required: readonly string[];
}

/** The refusal (422), or undefined when the body fits. */
export function refuseBody(body: JsonObject, rule: BodyRule): Answer | undefined {
  const missing = rule.required.find((key) => body[key] === undefined);
  if (missing !== undefined) return refuse(422, `Invalid request.\n\n"${missing}" wasn't supplied.`);
  for (const [key, value] of Object.entries(body)) {
    const kind = rule.keys[key];
    if (kind === undefined) return refuse(422, `Invalid request.\n\n"${key}" is not a permitted key.`);
    if (!isA(kind, value))
      return refuse(
        422,
        `Invalid request.\n\nFor 'properties/${key}', ${JSON.stringify(value)} is not ${kind === 'string' || kind === 'boolean' ? 'a' : 'an'} ${kind}.`,
      );
  }
  return undefined;
}

function isA(kind: Kind, value: unknown): boolean {
  if (kind === 'any') return true;
  if (kind === 'array') return Array.isArray(value);
  if (kind === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === kind;
}

/** The text under a key; undefined: nothing or something else stands there. */
export const textOf = (body: JsonObject, key: string): string | undefined => (typeof body[key] === 'string' ? body[key] : undefined);
export const objectOf = (body: JsonObject, key: string): JsonObject | undefined => {
  const value = body[key];
  // An object that came out of JSON is a JSON object.
  return isA('object', value) ? (value as JsonObject) : undefined;
};
