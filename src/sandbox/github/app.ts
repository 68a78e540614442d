/** A GitHub App: its JSON web tokens are checked for real, its installation tokens live one hour. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { type Answer, iso, type JsonObject, refuse } from './answer.ts';
import type { Permission, TokenGrant } from './callers.ts';

export interface AppOptions {
  readonly id: number;
  readonly slug: string;
  /** PEM, SPKI; the other half of the private key the bot holds. */
  readonly publicKey: string;
  readonly installationId: number;
  readonly permissions: TokenGrant['permissions'];
}
export interface AppAuth {
  readonly options: AppOptions;
  verify(jwt: string, now: number): boolean;
  /** A new installation token, or the refusal. `tokens` receives its grant. */
  issue(installationId: number, body: JsonObject, now: number): Answer;
}

const HOUR_MS = 3_600_000;
// GitHub: a token may live 10 minutes, and clocks may differ by a minute.
const LONGEST_LIFE_S = 600;
const SKEW_S = 60;

export function createApp(options: AppOptions, tokens: Map<string, TokenGrant>): AppAuth {
  const key = createPublicKey(options.publicKey);
  return {
    options,
    verify(jwt, now) {
      const [head = '', payload = '', signature = ''] = jwt.split('.');
      const claims = decode(payload);
      if (decode(head)?.alg !== 'RS256' || claims === undefined) return false;
      if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) return false;
      const nowS = now / 1000;
      const { iat, exp, iss } = claims;
      if (typeof iat !== 'number' || typeof exp !== 'number' || String(iss) !== String(options.id)) return false;
      return iat <= nowS + SKEW_S && exp > nowS - SKEW_S && exp - nowS <= LONGEST_LIFE_S + SKEW_S;
    },
    issue(installationId, body, now) {
      if (installationId !== options.installationId) return refuse(404, 'Not Found');
      const asked = isObject(body.permissions) ? Object.entries(body.permissions) : Object.entries(options.permissions);
      const tooMuch = asked.find(([name, access]) => !allows(options.permissions, name, access));
      if (tooMuch) return refuse(422, 'The permissions requested are not granted to this installation.');
      const permissions = Object.fromEntries(asked) as TokenGrant['permissions']; // each name and access was checked just above
      const expiresAt = now + HOUR_MS;
      const token = `ghs_${randomBytes(18).toString('hex')}`;
      tokens.set(token, { permissions, kind: 'installation', login: `${options.slug}[bot]`, expiresAt });
      return { status: 201, body: { token, expires_at: iso(expiresAt), permissions: { metadata: 'read', ...permissions }, repository_selection: 'selected' } };
    },
  };
}

function allows(granted: TokenGrant['permissions'], name: string, access: unknown): boolean {
  const held = granted[name as Permission]; // an unknown name is simply not held
  return name === 'metadata' || held === 'write' || (held !== undefined && held === access);
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: not a token
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
