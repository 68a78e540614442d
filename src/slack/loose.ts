/** Reading values whose shape nobody promised: answers of Slack, payloads of interactions. */
type Loose = Readonly<Record<string, unknown>>;

/** The object itself, or an empty one. */
export function record(value: unknown): Loose {
  // A non-null, non-array object is a record of unknowns; the compiler only narrows to `object`.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

/** The objects of a list, or none. */
export function list(value: unknown): readonly Loose[] {
  return Array.isArray(value) ? value.map(record) : [];
}

/** The text, or an empty one. */
export function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
