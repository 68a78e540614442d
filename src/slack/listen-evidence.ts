/** Evidence that is not brought by a form: addresses and pictures in messages of the incident's channel, and reporters who answer. */
import type { Evidence, Incident } from '../core/model.ts';
import { stepOf } from '../core/playbook.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { escapeText } from './escape.ts';
import { refusePicture, refuseUrl } from './forms-read.ts';
import { type Desk, replyText, type Visit } from './listen-desk.ts';
import { list, string } from './loose.ts';
import type { Aim } from './view-parts.ts';

const URLS_MAX = 20;
const PICTURES_MAX = 10;

/** Addresses in the text of a message as Slack encodes it, `<https://…|label>`; each once, none that a form would refuse. */
export function urlsIn(text: string): readonly string[] {
  const found = [...text.matchAll(/<(https?:\/\/[^<>|\s]{1,3000})(?:\|[^<>]*)?>/gi)].map(([, url = '']) => url.replaceAll('&amp;', '&'));
  const sound = found.filter((url) => refuseUrl(url) === undefined).map((url) => redactText(new URL(url).href));
  return [...new Set(sound)].slice(0, URLS_MAX);
}

/** A message somebody wrote in the channel of an incident; what of it counts decides the core. Nobody is answered. */
export async function onChat(desk: Desk, visit: Visit, event: Readonly<Record<string, unknown>>): Promise<void> {
  const { subtype, text, files, ts } = event;
  if (visit.channel === undefined || (subtype !== undefined && subtype !== 'file_share' && subtype !== 'thread_broadcast')) return;
  const urls = urlsIn(string(text));
  const pictures = list(files).filter((file) => refusePicture(file) === undefined);
  if (urls.length + pictures.length === 0) return;
  const incident = await desk.engine.incidentByChannel(visit.channel);
  if (!incident || incident.phase === 'resolved') return;
  const wantsPictures = stepOf(incident.playbook, incident.current)?.use === 'collect';
  if (urls.length === 0 && !wantsPictures) return;
  const by = await desk.person(visit, incident, 'addEvidence');
  const brought = { by: by.name, at: desk.clock.now() };
  const items: Evidence[] = [
    ...urls.map((url): Evidence => ({ kind: 'url', url, ...brought })),
    ...(wantsPictures ? pictures : []).slice(0, PICTURES_MAX).map((file): Evidence => ({ kind: 'screenshot', ...pictureOf(file), ...brought })),
  ];
  await desk.engine.command(incident.id, by, { kind: 'addEvidence', items, from: 'chat' }, `chat:${visit.channel}:${string(ts)}`);
}

function pictureOf({ id, name, permalink }: Readonly<Record<string, unknown>>): { fileId: string; name: string; permalink: string | undefined } {
  return { fileId: string(id), name: string(name).slice(0, 120) || 'picture', permalink: string(permalink) || undefined };
}

/** Merged into one that was merged into one …: people do not go further. */
const MERGES_MOST = 5;

/** The question was asked before the incident became part of another one, which is where the answer counts. */
async function wherePartOf(desk: Desk, incident: Incident): Promise<Incident> {
  let now = incident;
  for (let hop = 0; hop < MERGES_MOST && now.mergedInto !== undefined; hop += 1) now = (await desk.engine.incident(now.mergedInto)) ?? now;
  return now;
}

/** The answer takes the place of the question, so that nobody answers twice. */
export async function sayFixed(desk: Desk, visit: Visit, { incident, aim }: { incident: Incident; aim: Aim }): Promise<void> {
  const { choice } = aim;
  if (choice !== 'yes' && choice !== 'no')
    throw new Failure('E_CONTEXT', 'This button is not one of mine any more; nothing was done', { hint: 'Use /incident' });
  const { id } = await wherePartOf(desk, incident);
  const by = await desk.person(visit, incident, 'sayFixed');
  const reply = await desk.engine.command(id, by, { kind: 'sayFixed', fixed: choice === 'yes' }, visit.once);
  const text = reply.ok ? escapeText(`${id}: ${reply.text}`) : replyText(reply);
  if (visit.responseUrl === undefined) return desk.answer(visit, text);
  await desk.talk.respond(visit.responseUrl, { text, replaceOriginal: true }).catch(() => desk.answer(visit, text));
}
