/** A small language for shapes of JSON, answering in Slack's words: `must be less than 76 characters [json-pointer:/blocks/0/text/text]`. */
import type { Fields } from './world.ts';

export interface Flaw {
  readonly pointer: string;
  readonly message: string;
}

/** Adds to `flaws` what is wrong with `value`, which lies at `pointer`. */
export type Check = (value: unknown, pointer: string, flaws: Flaw[]) => void;

interface Field {
  readonly check: Check;
  readonly required: boolean;
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** This field has to be there. */
export const must = (check: Check): Field => ({ check, required: true });

export const anything: Check = () => {};

const kind =
  (name: string, holds: (value: unknown) => boolean): Check =>
  (value, pointer, flaws) => {
    if (!holds(value)) flaws.push({ pointer, message: `must provide ${name}` });
  };

export const bool = kind('a boolean', (value) => typeof value === 'boolean');

export function str(max: number, min = 1): Check {
  return (value, pointer, flaws) => {
    if (typeof value !== 'string') flaws.push({ pointer, message: 'must provide a string' });
    else if (value.length > max) flaws.push({ pointer, message: `must be less than ${max + 1} characters` });
    else if (value.length < min) flaws.push({ pointer, message: `must be more than ${min - 1} characters` });
  };
}

export function matching(pattern: RegExp, name: string): Check {
  return kind(name, (value) => typeof value === 'string' && pattern.test(value));
}

export function int(min: number, max: number): Check {
  return kind(`a number between ${min} and ${max}`, (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max);
}

export function oneOf(...allowed: readonly string[]): Check {
  return kind(`one of: ${allowed.join(', ')}`, (value) => typeof value === 'string' && allowed.includes(value));
}

export function list(item: Check, max: number, min = 1): Check {
  return (value, pointer, flaws) => {
    if (!Array.isArray(value)) return flaws.push({ pointer, message: 'must provide an array' });
    if (value.length > max) return flaws.push({ pointer, message: `no more than ${max} items allowed` });
    if (value.length < min) return flaws.push({ pointer, message: `no fewer than ${min} items allowed` });
    for (const [index, each] of value.entries()) item(each, `${pointer}/${index}`, flaws);
  };
}

/** An object with exactly these fields; those not wrapped in `must` may be absent. */
export function shape(fields: Readonly<Record<string, Check | Field>>): Check {
  const rules = new Map<string, Field>(
    Object.entries(fields).map(([name, rule]) => [name, typeof rule === 'function' ? { check: rule, required: false } : rule]),
  );
  return (value, pointer, flaws) => {
    if (!isFields(value)) return flaws.push({ pointer, message: 'must provide an object' });
    for (const name of Object.keys(value)) if (!rules.has(name)) flaws.push({ pointer, message: `invalid additional property: ${name}` });
    for (const [name, { check, required }] of rules) {
      if (value[name] !== undefined && value[name] !== null) check(value[name], `${pointer}/${name}`, flaws);
      else if (required) flaws.push({ pointer, message: `missing required field: ${name}` });
    }
  };
}

/** An object whose `type` says which shape it has. */
export function byType(kinds: Readonly<Record<string, Check>>): Check {
  return (value, pointer, flaws) => {
    const type = isFields(value) ? value.type : undefined;
    const check = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (check) check(value, pointer, flaws);
    else flaws.push({ pointer: `${pointer}/type`, message: type === undefined ? 'missing required field: type' : `unsupported type: ${String(type)}` });
  };
}

/** All of these have to hold. */
export function all(...checks: readonly Check[]): Check {
  return (value, pointer, flaws) => {
    for (const check of checks) check(value, pointer, flaws);
  };
}

/** A rule that concerns several fields of one object. */
export function also(message: string, holds: (value: Fields) => boolean): Check {
  return (value, pointer, flaws) => {
    if (isFields(value) && !holds(value)) flaws.push({ pointer, message });
  };
}

/** For shapes that contain themselves. */
export function later(check: () => Check): Check {
  return (value, pointer, flaws) => check()(value, pointer, flaws);
}
