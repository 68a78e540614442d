/** What was filled into a form → what is wanted, or an error under each field that is wrong. Pure and quick: Slack waits for the answer. */
import { REASON_MIN } from '../core/approval.ts';
import type { Command, Evidence, Instant, Person, Role, Severity } from '../core/model.ts';
import { checkTag } from '../core/tag.ts';
import { plainLine } from './escape.ts';
import { NO_SERVICE } from './forms-parts.ts';
import { list, record } from './loose.ts';
import type { Aim } from './view-parts.ts';

/** Slack's `view.state.values`: block → action → state. */
export type FormState = unknown;

export type FormReading =
  | {
      readonly ok: true;
      readonly kind: 'open';
      readonly title: string;
      readonly service: string | undefined;
      readonly severity: Severity | undefined;
      readonly found: Found;
    }
  | { readonly ok: true; readonly kind: 'evidence'; readonly aim: Aim; readonly found: Found }
  | { readonly ok: true; readonly kind: 'rollback'; readonly aim: Aim; readonly service: string | undefined; readonly tag: string; readonly reason: string }
  | { readonly ok: true; readonly kind: 'role'; readonly aim: Aim; readonly role: Role; readonly slackId: string }
  | { readonly ok: true; readonly kind: 'command'; readonly aim: Aim; readonly command: Command }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

/** Evidence before we know who brought it. */
export interface Found {
  readonly urls: readonly string[];
  readonly pictures: readonly { readonly fileId: string; readonly name: string; readonly permalink: string | undefined }[];
  readonly requests: readonly string[];
  readonly users: readonly string[];
  readonly note: string;
}

const URLS_MAX = 20;
const URL_MAX_CHARS = 2000;
const LIST_MAX = 50;
const NAME_MAX_CHARS = 100;
const REQUEST_ID = /^[\w.:/+=@-]{1,200}$/;
const PICTURE_MAX_BYTES = 10 * 1024 * 1024;
const PICTURES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
const OUT_OF_DATE = 'This form is out of date. Close it and open it again. (E_CONTEXT)';

export function readForm(form: string, state: FormState, privateMetadata: string): FormReading {
  const fields = record(state);
  const aim = readAim(privateMetadata);
  if (!aim) return { ok: false, errors: { [Object.keys(fields)[0] ?? 'text']: OUT_OF_DATE } };
  switch (form) {
    case 'report':
    case 'declare':
      return readOpen(fields);
    case 'addEvidence':
      return readEvidence(fields, aim);
    case 'requestRollback':
      return readRollback(fields, aim);
    case 'takeRole':
      return readRole(fields, aim);
    default:
      return readCommand(form, fields, aim);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Text of a field; hidden characters are taken out. */
function text(fields: Fields, block: string): string {
  const [state] = Object.values(record(fields[block])).map(record);
  const value = state?.value ?? record(state?.selected_option).value ?? state?.selected_user;
  return typeof value === 'string' ? value.trim() : '';
}

function readOpen(fields: Fields): FormReading {
  const found = readFound(fields);
  const title = plainLine(text(fields, 'title'), 150);
  const errors = { ...(!found.ok && found.errors), ...(title === '' && { title: 'Say in a few words what is wrong.' }) };
  if (!found.ok || Object.keys(errors).length > 0) return { ok: false, errors };
  const service = text(fields, 'service');
  return {
    ok: true,
    kind: 'open',
    title,
    service: service === '' || service === NO_SERVICE ? undefined : service,
    severity: severity(text(fields, 'severity')),
    found: found.found,
  };
}

function readEvidence(fields: Fields, aim: Aim): FormReading {
  const found = readFound(fields);
  if (!found.ok) return found;
  const { urls, pictures, requests, users, note } = found.found;
  if (urls.length + pictures.length + requests.length + users.length === 0 && note === '')
    return { ok: false, errors: { urls: 'Add at least one address, picture, request id, person or note. (E_EVIDENCE)' } };
  return { ok: true, kind: 'evidence', aim, found: found.found };
}

function readRollback(fields: Fields, aim: Aim): FormReading {
  const block = Object.keys(fields).find((id) => id.startsWith('tag:'));
  if (block === undefined) return { ok: false, errors: { reason: 'The releases are still being read. Wait a moment, then press the button again.' } };
  const tag = text(fields, block);
  const checked = checkTag(tag);
  if (!checked.ok) return { ok: false, errors: { [block]: `${checked.message} (${checked.code})` } };
  const service = aim.incident === undefined ? text(fields, 'service') || aim.service : undefined;
  return { ok: true, kind: 'rollback', aim, service, tag: checked.tag, reason: text(fields, 'reason').slice(0, 500) };
}

function readRole(fields: Fields, aim: Aim): FormReading {
  const role = text(fields, 'role');
  const slackId = text(fields, 'person');
  if (role !== 'lead' && role !== 'comms' && role !== 'scribe') return { ok: false, errors: { role: 'Choose a role.' } };
  return /^[UW][A-Z0-9]+$/.test(slackId) ? { ok: true, kind: 'role', aim, role, slackId } : { ok: false, errors: { person: 'Choose a person.' } };
}

function readCommand(form: string, fields: Fields, aim: Aim): FormReading {
  const said = text(fields, 'text').slice(0, 2900);
  const command = (made: Command): FormReading => ({ ok: true, kind: 'command', aim, command: made });
  switch (form) {
    case 'resolve':
      return command({ kind: 'resolve', summary: said });
    case 'note':
      return said === '' ? { ok: false, errors: { text: 'The note is empty.' } } : command({ kind: 'note', text: said, permalink: undefined, at: undefined });
    case 'update':
      return said === '' ? { ok: false, errors: { text: 'The update is empty.' } } : command({ kind: 'update', text: said });
    case 'setSeverity': {
      const to = severity(text(fields, 'severity'));
      return to ? command({ kind: 'setSeverity', severity: to }) : { ok: false, errors: { severity: 'Choose a severity.' } };
    }
    case 'declineRollback':
    case 'approveRollback':
    case 'breakGlass':
    case 'undoRollback':
      return readReason(form, said, aim);
    case 'skipStep':
      return aim.step === undefined || aim.run === undefined
        ? { ok: false, errors: { text: OUT_OF_DATE } }
        : command({ kind: 'skipStep', step: aim.step, run: aim.run, reason: said });
    default:
      return { ok: false, errors: { [Object.keys(fields)[0] ?? 'text']: OUT_OF_DATE } };
  }
}

/** What people write about a plan; over red checks and alone it has to explain something. */
function readReason(kind: 'declineRollback' | 'approveRollback' | 'breakGlass' | 'undoRollback', reason: string, aim: Aim): FormReading {
  const { rollback } = aim;
  const refused = (text: string): FormReading => ({ ok: false, errors: { text } });
  if (rollback === undefined) return refused(OUT_OF_DATE);
  if (kind === 'undoRollback' && reason === '') return refused('Say in a few words why.');
  if ((kind === 'approveRollback' || kind === 'breakGlass') && reason.length < REASON_MIN)
    return refused(`Write at least ${REASON_MIN} characters: others will ask why it was right. (E_ARGS)`);
  // The core refuses it when another plan has taken the place of the one that was on the screen.
  const isConsent = kind === 'approveRollback' || kind === 'breakGlass';
  return { ok: true, kind: 'command', aim, command: isConsent ? { kind, rollback, plan: aim.plan, reason } : { kind, rollback, reason } };
}

const severity = (value: string): Severity | undefined => (value === 'sev1' || value === 'sev2' || value === 'sev3' ? value : undefined);

type FoundReading = { readonly ok: true; readonly found: Found } | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

function readFound(fields: Fields): FoundReading {
  const lines = text(fields, 'urls')
    .split(/\s+/)
    .filter((line) => line !== '');
  const wrongUrl = lines.length > URLS_MAX ? `At most ${URLS_MAX} addresses at once. (E_ARGS)` : lines.map(refuseUrl).find((refusal) => refusal !== undefined);
  const files = list(record(Object.values(record(fields.screenshots))[0]).files);
  const wrongFile = files.map(refusePicture).find((refusal) => refusal !== undefined);
  const requests = distinct(text(fields, 'requests').split(/[\s,;]+/));
  const users = distinct(
    text(fields, 'users')
      .split(/[\n,;]+/)
      .map((name) => plainLine(name, NAME_MAX_CHARS)),
  );
  const errors = {
    ...(wrongUrl !== undefined && { urls: wrongUrl }),
    ...(wrongFile !== undefined && { screenshots: wrongFile }),
    ...refuseList(
      'requests',
      requests,
      requests.find((id) => !REQUEST_ID.test(id)),
    ),
    ...refuseList('users', users, undefined),
  };
  if (Object.keys(errors).length > 0) return { ok: false, errors };
  const pictures = files.map((file) => ({
    fileId: String(file.id),
    name: plainLine(String(file.name ?? 'screenshot'), 120),
    permalink: typeof file.permalink === 'string' ? file.permalink : undefined,
  }));
  const urls = distinct(lines.map((line) => new URL(line).href));
  return { ok: true, found: { urls, pictures, requests, users, note: text(fields, 'note').slice(0, 2900) } };
}

const distinct = (words: readonly string[]): readonly string[] => [...new Set(words.filter((word) => word !== ''))];

function refuseList(field: string, words: readonly string[], wrong: string | undefined): Readonly<Record<string, string>> {
  if (wrong !== undefined) return { [field]: `“${plainLine(wrong, 60)}” is no request id: letters, digits and .:/+=@_- only, at most 200. (E_ARGS)` };
  return words.length > LIST_MAX ? { [field]: `At most ${LIST_MAX} at once. (E_ARGS)` } : {};
}

/** Why this is no address to keep; the address itself is named by its beginning, a password never. */
export function refuseUrl(line: string): string | undefined {
  if (line.length > URL_MAX_CHARS) return `An address is longer than ${URL_MAX_CHARS} characters. (E_ARGS)`;
  if (!URL.canParse(line)) return `“${plainLine(line, 60)}” is no address; write it with https:// (E_URL_SCHEME)`;
  const { protocol, username, password, host } = new URL(line);
  if (protocol !== 'http:' && protocol !== 'https:') return `“${plainLine(line, 60)}”: only http and https addresses. (E_URL_SCHEME)`;
  if (username !== '' || password !== '') return `The address at ${plainLine(host, 60)} holds a user name or password; leave it out. (E_URL_CREDENTIALS)`;
  return undefined;
}

/** By what Slack found inside the file, not by its name. */
export function refusePicture(file: Readonly<Record<string, unknown>>): string | undefined {
  const name = plainLine(String(file.name ?? 'file'), 60);
  if (typeof file.id !== 'string' || !/^F[A-Z0-9]+$/.test(file.id)) return `“${name}” did not reach Slack; choose it again. (E_FILE_TYPE)`;
  const type = String(file.mimetype ?? 'unknown');
  if (!PICTURES.includes(type)) return `“${name}” is ${plainLine(type, 40)}, not a picture: png, jpg, webp and gif only. (E_FILE_TYPE)`;
  return typeof file.size === 'number' && file.size > PICTURE_MAX_BYTES ? `“${name}” is larger than 10 MB. (E_TOO_LARGE)` : undefined;
}

export function evidenceOf(found: Found, by: Person, at: Instant): Evidence[] {
  return [
    ...found.urls.map((url): Evidence => ({ kind: 'url', url, by: by.name, at })),
    ...found.pictures.map((picture): Evidence => ({ kind: 'screenshot', ...picture, by: by.name, at })),
    ...found.requests.map((id): Evidence => ({ kind: 'request', id, by: by.name, at })),
    ...found.users.map((name): Evidence => ({ kind: 'user', name, by: by.name, at })),
    ...(found.note === '' ? [] : [{ kind: 'note', text: found.note, by: by.name, at } satisfies Evidence]),
  ];
}

/** What a button or form was about. Comes back from outside, so every member is checked; undefined: not one of ours. */
export function readAim(value: unknown): Aim | undefined {
  if (typeof value !== 'string' || value.length > 3000) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const { incident, step, run, rollback, choice, plan, service } = record(parsed);
  const id = (part: unknown, maxChars = 100): string | undefined => (typeof part === 'string' && part !== '' && part.length <= maxChars ? part : undefined);
  const whole = (part: unknown): number | undefined => (typeof part === 'number' && Number.isSafeInteger(part) && part > 0 ? part : undefined);
  const names = { incident: id(incident), step: id(step), rollback: id(rollback), choice: id(choice), service: id(service, 200) };
  const known = { ...names, run: whole(run), plan: whole(plan) };
  return Object.fromEntries(Object.entries(known).filter(([, part]) => part !== undefined));
}
