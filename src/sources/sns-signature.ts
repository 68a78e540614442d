/** What Amazon SNS sends to an HTTP address, and whether SNS signed it (docs.aws.amazon.com/sns, "Verifying message signatures"). Pure. */
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { readPart } from './read.ts';
import type { Envelope } from './source.ts';

/** As SNS names its hosts; a region is one label, so no host of somebody else's fits. */
const HOST = /^sns\.[a-z0-9-]{3,}\.amazonaws\.com(?:\.cn)?$/;
const ARN = /^arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{1,40}:\d{12}:[\w-]{1,256}(?:\.fifo)?$/;

export const snsMessage = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string().regex(ARN, 'expected the ARN of a topic'),
  Message: z.string(),
  Timestamp: z.iso.datetime({ offset: true }),
  Subject: z.string().nullish(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string().regex(/^[A-Za-z0-9+/]{1,2000}={0,2}$/, 'expected base64'),
  SigningCertURL: z.string(),
});
export type SnsMessage = z.output<typeof snsMessage>;

/** Throws E_SCHEMA, and E_AUTH for an address that is none of SNS. */
export function openSns(body: unknown): Envelope {
  if (isRaw(body)) throw rawFailure();
  const message = readPart(snsMessage, body, { source: 'cloudwatch', path: '' });
  return {
    sender: message.TopicArn,
    sentAt: Date.parse(message.Timestamp),
    certificateUrl: addressOf(message.SigningCertURL, 'SigningCertURL').href,
    isSignedBy: (certificate) => isSignedBy(message, certificate),
    asks: asksOf(message),
  };
}

/** "Raw message delivery" leaves the envelope away, and with it the signature. */
const isRaw = (body: unknown): boolean => typeof body === 'object' && body !== null && ('AlarmName' in body || 'detail-type' in body);

function rawFailure(): Failure {
  const hint = 'switch "raw message delivery" off in the subscription: without the envelope nothing is signed';
  return new Failure('E_SCHEMA', '(root): an alarm without the envelope of SNS', { path: '(root)', hint, permanent: true });
}

function asksOf(message: SnsMessage): Envelope['asks'] {
  if (message.Type === 'Notification') return { kind: 'deliver' };
  if (message.Type === 'UnsubscribeConfirmation') return { kind: 'nothing', because: 'the subscription has ended; no alarm comes from this topic any more' };
  return { kind: 'confirm', url: confirmUrl(message) };
}

/** It confirms this topic, and does nothing else. */
function confirmUrl({ SubscribeURL: given = '', TopicArn: topic }: SnsMessage): string {
  const url = addressOf(given, 'SubscribeURL');
  const asked = [url.searchParams.get('Action'), url.searchParams.get('TopicArn')];
  if (asked[0] !== 'ConfirmSubscription' || asked[1] !== topic) throw notTheirs('SubscribeURL');
  return url.href;
}

function addressOf(text: string, path: 'SigningCertURL' | 'SubscribeURL'): URL {
  if (text.length > 2_000 || !URL.canParse(text)) throw notTheirs(path);
  const url = new URL(text);
  const isPlain = url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '' && HOST.test(url.hostname);
  const isRight = path === 'SubscribeURL' ? url.pathname === '/' : /^\/[\w.-]{1,200}\.pem$/.test(url.pathname) && url.search === '';
  if (!isPlain || !isRight) throw notTheirs(path);
  url.hash = '';
  return url;
}

function notTheirs(path: string): Failure {
  return new Failure('E_AUTH', 'not allowed', { path, hint: 'expected an address of Amazon SNS (https://sns.<region>.amazonaws.com/…)', permanent: true });
}

const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

/** The text SNS signs: names and values, a line each, in this order; what is not there is left out. */
export function signedText(message: SnsMessage): string {
  const keys = message.Type === 'Notification' ? SIGNED.Notification : SIGNED.SubscriptionConfirmation;
  return keys
    .map((key) => [key, message[key]] as const)
    .flatMap(([key, value]) => (typeof value === 'string' ? [`${key}\n${value}\n`] : []))
    .join('');
}

/** Version 1 is SHA-1, version 2 SHA-256; both RSA. False for whatever is no certificate. */
function isSignedBy(message: SnsMessage, certificate: string): boolean {
  const algorithm = message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  try {
    const key = createPublicKey(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }));
    return key.asymmetricKeyType === 'rsa' && verify(algorithm, Buffer.from(signedText(message)), key, Buffer.from(message.Signature, 'base64'));
  } catch {
    return false;
  }
}
