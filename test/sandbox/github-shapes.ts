/** Holds answers of the mini GitHub against the schemas of GitHub's own description. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const { components } = JSON.parse(readFileSync(new URL('../fixtures/github/responses.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, schemas: [{ $id: 'github', components }] });

/** What is wrong with an answer, by a schema: `name`, `[]name` (a list), `key:name` (a list under that key). */
export function shapeFlaws(body: unknown, name: string): readonly string[] {
  const [, isList, key, schema] = /^(\[\])?(?:(\w+):)?([\w-]+)$/.exec(name) ?? [];
  const one = { $ref: `github#/components/schemas/${schema}` };
  const list = { type: 'array', minItems: 1, items: one };
  const wanted = key ? { type: 'object', required: ['total_count', key], properties: { [key]: list } } : isList ? list : one;
  const validate = ajv.compile(wanted);
  return validate(body) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
