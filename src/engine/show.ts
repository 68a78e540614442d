/** One slot: render from state; post it the first time, edit it afterwards. Found again by its key when an earlier attempt's end is unknown. */

import { fill, wordsOf } from '../core/facts.ts';
import type { Incident, Json, Slot } from '../core/model.ts';
import type { Service } from '../core/service.ts';
import { Failure } from '../lib/failure.ts';
import { escapeText } from '../slack/escape.ts';
import { type Message, type RenderExtra, render } from '../slack/view.ts';
import type { MessageRow } from '../store/store.ts';
import { onCallFor } from './on-call.ts';
import type { Doing, HandsParts, Performing } from './perform.ts';
import { messageKey } from './perform.ts';
import { chainEnd } from './port.ts';
import type { Performed } from './worker.ts';

type Showing = Doing & { readonly service: Service | undefined; readonly slot: Slot };

export async function show(parts: Performing, showing: Showing): Promise<Performed> {
  const { incident, slot } = showing;
  const channel = channelOf(parts, incident, slot);
  if (channel === undefined) return { kind: 'done' };
  const row = await parts.store.message(incident.id, slot);
  const extra = await extraOf(parts, showing, row);
  const message = render(filled(incident, showing.service, extra.render.call), slot, extra.render);
  if (!message) return { kind: 'done' };
  const ts = row ? await edit(parts, row, message) : await post(parts, showing, { channel, message });
  if (!row || extra.memo !== row.memo) await parts.store.putMessage(incident.id, { slot, channel, ts, memo: extra.memo });
  if (slot === 'card' && !extra.memo) {
    await parts.talk.pin(channel, ts);
    await parts.store.putMessage(incident.id, { slot, channel, ts, memo: { pinned: true } });
  }
  return slot === 'postmortem' ? attachPostmortem(parts, showing, { channel, ts }) : { kind: 'done' };
}

async function edit(parts: HandsParts, row: MessageRow, message: Message): Promise<string> {
  await parts.talk.update({ channel: row.channel, ts: row.ts, text: message.text, blocks: message.blocks });
  return row.ts;
}

async function post(parts: Performing, { incident, slot, task, aid }: Showing, to: { channel: string; message: Message }): Promise<string> {
  const key = messageKey(incident.id, slot);
  const found = task.unclearSince === undefined ? undefined : await parts.talk.findPosted(to.channel, key, task.unclearSince);
  if (found !== undefined) return found;
  await aid.begin();
  const posted = parts.talk.post({ channel: to.channel, text: to.message.text, blocks: to.message.blocks, key, metadata: { incident: incident.id, slot } });
  if (slot === 'card') parts.cards.leaves(incident.id);
  return posted;
}

/** `announce` and `notify:<step>:<run>:<channel>` live elsewhere; all other slots in the incident's own channel. */
function channelOf(parts: HandsParts, incident: Incident, slot: Slot): string | undefined {
  if (slot === 'announce') return parts.channels.announce();
  return slot.match(/^notify:[^:]+:\d+:(C\w+)$/)?.[1] ?? incident.channel?.id;
}

/** What a slot shows beside the incident's state: an event, a picture, links. */
async function extraOf(parts: HandsParts, showing: Showing, row: MessageRow | undefined): Promise<{ render: RenderExtra; memo: Json }> {
  const { incident, slot } = showing;
  const links = { ...parts.links(incident.id), ...(incident.postmortem !== undefined && { postmortem: incident.postmortem }) };
  const base = { links, call: onCallFor(incident, parts.context) };
  const line = slot.match(/^line:(\d+)$/)?.[1];
  if (line !== undefined) {
    const [event] = await parts.store.events(incident.id, Number(line));
    return { render: event ? { ...base, event } : base, memo: null };
  }
  if (slot === 'chart') {
    const drawn = await drawChart(parts, showing, row);
    return { render: { ...base, ...(drawn.chart && { chart: drawn.chart }) }, memo: drawn.memo };
  }
  return { render: base, memo: row?.memo ?? null };
}

/** The texts of the playbook with their `{{ … }}` filled in, as readers shall see them. */
function filled(incident: Incident, service: Service | undefined, call: readonly string[] = []): Incident {
  if (!incident.playbook) return incident;
  const facts = wordsOf(incident, service);
  const deep = (value: Json): Json => {
    if (typeof value === 'string') return fill(value, facts);
    if (!Array.isArray(value)) return value;
    return value.flatMap((item: Json): readonly Json[] => (item === 'on-call' ? call : [deep(item)]));
  };
  const steps = incident.playbook.steps.map((step) => ({
    ...step,
    title: fill(step.title, facts),
    text: step.text === undefined ? undefined : fill(step.text, facts),
    params: Object.fromEntries(Object.entries(step.params).map(([name, value]) => [name, deep(value)])),
  }));
  return { ...incident, playbook: { ...incident.playbook, steps } };
}

/** A picture that cannot be drawn or uploaded now must not hold the incident up: the last one, or its text, stays. */
async function drawChart(
  parts: HandsParts,
  { incident, service, aid }: Showing,
  row: MessageRow | undefined,
): Promise<{ chart: RenderExtra['chart']; memo: Json }> {
  const before = row?.memo as { fileId?: string; alt?: string } | null | undefined; // written by this function below
  const last = before?.alt === undefined ? undefined : { fileId: before.fileId, alt: before.alt };
  if (!service) return { chart: last, memo: row?.memo ?? null };
  const drawn = await parts.chart(incident, service, aid.signal).catch(ignoreOutage);
  if (!drawn) return { chart: last, memo: row?.memo ?? null };
  const fileId = await parts.talk.uploadImage({ name: `${incident.id.toLowerCase()}-error-rate.png`, png: drawn.png, altText: drawn.alt }).catch(ignoreOutage);
  const chart = { fileId: fileId ?? last?.fileId, alt: drawn.alt };
  return { chart, memo: chart.fileId === undefined ? { alt: chart.alt } : { alt: chart.alt, fileId: chart.fileId } };
}

function ignoreOutage(error: unknown): undefined {
  if (error instanceof Failure && !error.retryAt) return undefined;
  throw error;
}

/** The file carries no key, so its thread is read before each try: an earlier one may have got this far. */
async function attachPostmortem(parts: HandsParts, { incident, aid }: Showing, at: { channel: string; ts: string }): Promise<Performed> {
  if (incident.postmortem !== undefined) return { kind: 'done' };
  const file = { channel: at.channel, thread: at.ts, name: `${incident.id.toLowerCase()}-postmortem.md` };
  if (!(await parts.talk.hasFile(file))) {
    const [events, record] = await Promise.all([parts.store.events(incident.id), chainEnd(parts.store, incident.id)]);
    const content = parts.postmortem(incident, events, { record });
    await aid.begin();
    await parts.talk.uploadFile({ ...file, content, comment: escapeText(`Postmortem draft of ${incident.id}`) });
  }
  return { kind: 'input', input: { kind: 'postmortemWritten', location: await parts.talk.permalink(at.channel, at.ts) } };
}
