/** Secrets by the name they stand under, and in URLs. What a secret looks like by itself is scrub.ts. */
import { scrub } from './scrub.ts';

const NAMED = /token|secret|passw|authori[sz]ation|cookie|credential|api[-_]?key|private[-_]?key|access[-_]?key|signature|^(?:x-)?auth$|^pem$/i;
/** Names that hold the word and no secret: `tokenCount`, `maxTokens`, `tokenKind`. */
const HARMLESS = /(?:count|length|bytes|kind|type|ms|name|id|at)$|^max/i;
const MASK = '[REDACTED]';

/** Paths pino takes out before a line is even written; the scrub of the line is the second fence, and the one that holds. */
export const REDACTED_PATHS = [
  'token',
  '*.token',
  'headers.authorization',
  '*.headers.authorization',
  'req.headers.authorization',
  '*.privateKey',
  '*.signingSecret',
];

export function isSecretName(name: string): boolean {
  return NAMED.test(name) && !HARMLESS.test(name);
}

/** Password and secret query values of every URL in the text are masked; the rest stays readable. */
export function redactUrls(text: string): string {
  if (!text.includes('://') && !text.includes('=')) return text;
  // No scheme is longer; without a bound, a long text of dots takes seconds.
  return text
    .replace(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>]*@/gi, `$1${MASK}@`)
    .replace(/([?&;]([\w.-]{1,64})=)([^&\s"'<>#;]+)/g, (whole, head: string, name: string) => (isSecretName(name) ? `${head}${MASK}` : whole));
}

/** A copy in which no string holds a secret we can recognise: by name at any depth, by form, by place in a URL, or by being `known`. */
export function redact(value: unknown, known: readonly string[] = []): unknown {
  if (typeof value === 'string') return redactText(value, known);
  if (Array.isArray(value)) return value.map((inner) => redact(inner, known));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [redactText(name, known), isSecretName(name) && isFilled(inner) ? MASK : redact(inner, known)]),
  );
}

export function redactText(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, MASK);
  return scrub(redactUrls(clean));
}

/** "Is there a token?" may be logged: booleans, numbers and nothing stay. */
function isFilled(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);
}
