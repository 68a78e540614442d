/**
 * Door of those who sign with a certificate of their own (SNS). The certificate is fetched and a subscription confirmed here, for
 * senders that the settings name only: a stranger makes us fetch nothing.
 */
import { Failure } from '../lib/failure.ts';
import type { Envelope, Sealed, Source } from '../sources/source.ts';
import { type HttpAnswer, json } from './answer.ts';
import { notStored } from './deliver.ts';
import { checkEncoding } from './guard.ts';
import { parseJson } from './json.ts';
import type { HttpRequest } from './server.ts';
import { checkAge, oncePerHour, type SignedParts, takeSigned } from './signed-door.ts';

/** Senders repeat a delivery for an hour at most (SNS: the whole of a delivery policy is limited to 3,600 s). */
const STALE_MS = 3_600_000;
/** One is live at a time, two while the sender changes it. */
const MOST_CERTIFICATES = 20;
/** Somebody who knows the name of a sender could name a new certificate with every request. */
const MOST_FETCHES = 4;

export interface Hand {
  /** By source: who may send. Nobody, and the door is closed. */
  readonly senders: Readonly<Record<string, readonly string[]>>;
  /** GET of an address that the source has checked. It follows no redirect, ends within 5 s and reads 64 KiB at most. */
  get(url: string): Promise<{ readonly status: number; readonly body: Uint8Array; readonly isCut: boolean }>;
}

export interface SealedParts extends Omit<SignedParts, 'secrets'> {
  readonly hand?: Hand;
}

export function sealedDoor(parts: SealedParts, source: Source, door: Sealed): (request: HttpRequest) => Promise<HttpAnswer> {
  const { hand, clock, log } = parts;
  const take = takeSigned(parts, source);
  const strangers = oncePerHour(clock);
  const senders = hand?.senders[source.name] ?? [];
  const notAllowed = (): Failure => new Failure('E_AUTH', 'not allowed', { path: '(root)', hint: door.hint });
  const certificateAt = hand && certificates(hand);

  return async ({ headers, body }) => {
    checkEncoding(headers); // of any media type: SNS says text/plain
    const { text, value } = parseJson(await body());
    const envelope = door.open(value);
    if (!hand || !certificateAt || !senders.includes(envelope.sender)) {
      if (strangers(envelope.sender)) log.warn({ source: source.name, sender: envelope.sender.slice(0, 300) }, 'this sender is not in the settings; refused');
      throw notAllowed();
    }
    checkAge(envelope.sentAt, clock.now(), STALE_MS);
    if (!envelope.isSignedBy(await certificateAt(envelope.certificateUrl))) throw notAllowed();
    if (envelope.asks.kind === 'deliver') return take.all({ text, value, identity: text });
    if (envelope.asks.kind === 'nothing') return take.ignore(envelope.asks.because);
    await confirm(hand, envelope.asks.url, envelope);
    log.info({ source: source.name, sender: envelope.sender }, 'the subscription is confirmed');
    return json(200, { accepted: 0, confirmed: true });
  };
}

async function confirm(hand: Hand, url: string, { sender }: Envelope): Promise<void> {
  const answer = await hand.get(url).catch((error: unknown) => {
    throw notStored(`the subscription of ${sender} could not be confirmed: no answer`, error);
  });
  if (answer.status !== 200) throw notStored(`the subscription of ${sender} could not be confirmed: HTTP ${answer.status}`);
}

/** By address; asked once for all who wait, and never kept when it could not be had. Throws E_STORE, so that the sender comes again. */
function certificates(hand: Hand): (url: string) => Promise<string> {
  const known = new Map<string, string>();
  const asked = new Map<string, Promise<string>>();
  const ask = async (url: string): Promise<string> => {
    try {
      const { status, body, isCut } = await hand.get(url);
      if (status !== 200 || isCut) throw new Failure('E_PROBE', `HTTP ${status}${isCut ? ', and too long' : ''}`);
      const text = Buffer.from(body).toString('utf8');
      known.set(url, text);
      const oldest = known.size > MOST_CERTIFICATES ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      return text;
    } catch (error) {
      throw notStored(`the certificate it is signed with could not be fetched${error instanceof Failure ? `: ${error.message}` : ''}`, error);
    } finally {
      asked.delete(url);
    }
  };
  return async (url) => {
    const certificate = known.get(url);
    if (certificate !== undefined) return certificate;
    const waiting = asked.get(url);
    if (waiting !== undefined) return waiting;
    if (asked.size >= MOST_FETCHES) throw notStored('too many certificates are being fetched');
    const asking = ask(url);
    asked.set(url, asking);
    return asking;
  };
}
