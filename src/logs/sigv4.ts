/** AWS Signature Version 4 for one POST without a query string, as the AWS documents describe it ("Create a signed AWS API request"). */
import { createHash, createHmac } from 'node:crypto';

export interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}
export interface Signing {
  readonly url: URL;
  readonly region: string;
  readonly service: string;
  /** Signed, too; names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly method?: 'GET' | 'POST';
  /** ms since 1970; AWS refuses what is more than five minutes off. */
  readonly at: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The headers to send: those given, the time, the session token and the signature. */
export function signed(signing: Signing, credential: AwsCredential): Readonly<Record<string, string>> {
  const { url, region, service, body, at, method = 'POST' } = signing;
  const time = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const sent: Record<string, string> = {
    ...signing.headers,
    'x-amz-date': time,
    ...(credential.sessionToken !== undefined && { 'x-amz-security-token': credential.sessionToken }),
  };
  const all = Object.entries({ ...sent, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = all.map(([name]) => name).join(';');
  const canonicalHeaders = all.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, ' ')}\n`).join('');
  const request = [method, url.pathname, '', canonicalHeaders, names, sha256(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [region, service, 'aws4_request'].reduce<Buffer>((last, part) => hmac(last, part), hmac(`AWS4${credential.secretAccessKey}`, day));
  const signature = hmac(key, [ALGORITHM, time, scope, sha256(request)].join('\n')).toString('hex');
  return { ...sent, authorization: `${ALGORITHM} Credential=${credential.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}` };
}
