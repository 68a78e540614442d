/** Messages as Amazon SNS makes them, signed with the key of test/fixtures/sns, which nothing trusts. */
import { sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type SnsMessage, signedText } from '../../src/sources/sns-signature.ts';
import { fixture } from '../sources/fixtures.ts';

const read = (name: string): string => readFileSync(new URL(`../fixtures/sns/${name}`, import.meta.url), 'utf8');
const KEY = read('test-only-key.pem');
export const CERTIFICATE = read('test-only-cert.pem');
export const WRONG_KIND = read('test-only-ec-cert.pem');
export const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:alarms';

export function signedSns(change: Partial<SnsMessage> = {}, name = 'firing'): string {
  const message = { ...(JSON.parse(fixture('cloudwatch', name)) as SnsMessage), ...change }; // our own fixture
  const algorithm = message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return JSON.stringify({ ...message, Signature: sign(algorithm, Buffer.from(signedText(message)), KEY).toString('base64') });
}

export const confirmation = (change: Partial<SnsMessage> = {}): string => {
  const topic = change.TopicArn ?? TOPIC;
  return signedSns({
    Type: 'SubscriptionConfirmation',
    Message: `You have chosen to subscribe to the topic ${topic}.`,
    Token: '2336412f37',
    SubscribeURL: `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f37`,
    Subject: undefined,
    ...change,
  });
};
