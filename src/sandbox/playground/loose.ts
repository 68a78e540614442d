/** Blocks come from outside. They are read field by field and a wrong shape reads as nothing; no shape is ever trusted. */
export type Loose = Readonly<Record<string, unknown>>;

export function record(value: unknown): Loose {
  // A non-null object can be read by name; what is read stays unknown.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

export function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The text, or undefined when it is missing or empty. */
export function wordsOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function records(value: unknown): readonly Loose[] {
  return list(value).map(record);
}

export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}
