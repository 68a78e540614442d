/**
 * Every statement once, in the SQL that SQLite and PostgreSQL both speak: `$1` parameters, JSON as text, times in ms since 1970.
 * Quoted aliases give columns the names the port uses. SQLite gets `?1` for `$1`.
 */

export const createSchemaVersion = 'create table if not exists schema_version (only_row integer primary key check (only_row = 1), version integer not null)';
export const selectSchemaVersion = 'select version from schema_version';
export const upsertSchemaVersion =
  'insert into schema_version (only_row, version) values (1, $1) on conflict (only_row) do update set version = excluded.version';

// --- inbox

export const insertDelivery = 'insert into inbox (source, body, received_at) values ($1, $2, $3) returning id';
export const selectDeliveries = 'select id, source, body, received_at as "receivedAt" from inbox order by id limit $1';
export const deleteDelivery = 'delete from inbox where id = $1';
export const copyDeliveryAside = `
  insert into set_aside (id, source, body, received_at, because, at)
  select id, source, body, received_at, $2, $3 from inbox where id = $1`;

// --- incidents and their events

const incidentColumns = `id, number, key, service, title, phase, severity, channel, version, opened_at as "openedAt", updated_at as "updatedAt"`;

/** No row back: the id, the number or the key is taken. */
export const insertIncident = `
  insert into incident (id, number, key, service, title, phase, severity, channel, version, opened_at, updated_at, outline, resolved_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, case when $6 = 'resolved' then $11 end)
  on conflict do nothing returning number`;
/** No row back: somebody appended first ($10 is the version we decided on), or another open incident has the key. */
export const updateIncident = `
  update incident set key = $2, service = $3, title = $4, phase = $5, severity = $6, channel = $7, version = $8, updated_at = $9,
    outline = coalesce($11, outline), resolved_at = case when $5 = 'resolved' then coalesce(resolved_at, $9) end
  where id = $1 and version = $10
    and ($5 = 'resolved' or not exists (select 1 from incident other where other.key = $2 and other.phase <> 'resolved' and other.id <> $1))
  returning number`;
export const insertEvent = 'insert into event (incident, seq, body) values ($1, $2, $3)';
export const selectEvents = 'select body from event where incident = $1 and seq >= $2 order by seq';
export const selectIncident = `select ${incidentColumns} from incident where id = $1`;
export const selectIncidentByChannel = `select ${incidentColumns} from incident where channel = $1 order by number desc limit 1`;
export const selectOpenIncidents = `select ${incidentColumns} from incident where phase <> 'resolved' order by number desc`;
const deskColumns = 'id, key, service, opened_at as "openedAt", outline, resolved_at as "resolvedAt"';
export const selectOpenDesk = `select ${deskColumns} from incident where phase <> 'resolved' order by number desc`;
export const selectClosedDesk = `select ${deskColumns} from incident where resolved_at >= $1 order by resolved_at desc limit $2`;
export const selectIncidentPage = `select ${incidentColumns} from incident where number < $1 order by number desc limit $2`;
export const selectIncidentPageOfService = `select ${incidentColumns} from incident where service = $3 and number < $1 order by number desc limit $2`;
export const selectLastNumber = 'select number from incident order by number desc limit 1';

// --- the record: every event in the order in which it was written, chained; see chain.ts

export const selectAuditHead = 'select seq, hash from audit order by seq desc limit 1';
export const insertAudit = 'insert into audit (seq, incident, number, at, hash) values ($1, $2, $3, $4, $5)';
/** With the hash each row was chained to, so that it can be checked alone; null: it is the first. */
export const selectAuditOf = `
  select mine.seq, mine.incident, mine.number, mine.at, mine.hash, earlier.hash as previous
  from audit mine left join audit earlier on earlier.seq = mine.seq - 1 where mine.incident = $1 order by mine.number`;
export const selectAuditPage = `
  select audit.seq, audit.incident, audit.number, audit.at, audit.hash, event.body
  from audit left join event on event.incident = audit.incident and event.seq = audit.number
  where audit.seq > $1 order by audit.seq limit $2`;
/** Whoever removes an event must also make three tables agree about their number. */
export const selectAuditTotals = `
  select coalesce((select max(seq) from audit), 0) as seq, (select hash from audit order by seq desc limit 1) as hash,
    (select count(*) from event) as events, (select coalesce(sum(version), 0) from incident) as versions`;
/** An event that is not in the record. */
export const selectAuditStray = `
  select event.incident, event.seq as number from event
  where not exists (select 1 from audit where audit.incident = event.incident and audit.number = event.seq) order by event.incident, event.seq limit 1`;

// --- words said once, locks, counters of repeated signals

/** No row back: the word was said after $3. */
export const sayOnce = `
  insert into once (word, at) values ($1, $2)
  on conflict (word) do update set at = excluded.at where once.at < $3 returning word`;
/** Two at a time: every new word removes up to two old ones, so the table shrinks without a whole-table sweep. */
export const forgetOnce = 'delete from once where word in (select word from once where at < $1 order by at limit 2)';

/** No row back: somebody else holds it. */
export const takeLock = `
  insert into lock (name, holder, at) values ($1, $2, $3)
  on conflict (name) do update set at = excluded.at where lock.holder = excluded.holder returning name`;
export const selectLock = 'select holder from lock where name = $1';
export const releaseLock = 'delete from lock where name = $1 and holder = $2';

/** No row back: it is new, or belongs elsewhere now. Apart from `countSignal`, because that touches the index of incidents. */
export const countSignalAgain = `
  update signal set state = $3, at = $5, count = count + $7
  where source = $1 and fingerprint = $2 and incident is not distinct from $4 and service is not distinct from $6 returning count`;
export const countSignal = `
  insert into signal (source, fingerprint, state, incident, count, first_at, at, service) values ($1, $2, $3, $4, 1, $5, $5, $6)
  on conflict (source, fingerprint) do update
  set state = excluded.state, incident = excluded.incident, count = signal.count + $7, at = excluded.at, service = excluded.service`;
export const selectSignal = `
  select source, fingerprint, state, incident, service, count, first_at as "firstAt", at from signal where source = $1 and fingerprint = $2`;
/** $3 and $4 name one alert, $5 a service; all null: every alert of the incident. */
export const moveSignals = `
  update signal set incident = $2
  where incident = $1 and ($3 is null or (source = $3 and fingerprint = $4)) and ($5 is null or service = $5)`;

// --- alerts that are held back, and what people silenced

const heldColumns = 'why, because, until, since, signal, times';
export const putHeld = `
  insert into held (source, fingerprint, service, why, because, until, since, signal, times) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (source, fingerprint) do update set service = excluded.service, why = excluded.why, because = excluded.because,
    until = excluded.until, signal = excluded.signal, times = excluded.times`;
export const deleteHeld = 'delete from held where source = $1 and fingerprint = $2';
export const selectHeld = `select ${heldColumns} from held where source = $1 and fingerprint = $2`;
export const selectSeldom = `select ${heldColumns} from held where service = $1 and why = 'seldom' order by since limit $2`;
/** Those whose time is up ($1), or with a far $1 all, the next first. */
export const selectHeldUntil = `select ${heldColumns} from held where until <= $1 order by until limit $2`;
export const selectNextHeld = 'select until from held order by until limit 1';
/** Looked at by the next drain; those of other reasons wait on. */
export const hastenHeld = 'update held set until = $2 where why = $1';
export const insertSnooze = 'insert into snooze (until, body) values ($1, $2) returning id';
export const deleteSnooze = 'delete from snooze where id = $1 returning id';
export const forgetSnoozes = 'delete from snooze where until <= $1';
export const selectSnoozes = 'select id, body from snooze where until > $1 order by until';

// --- tasks; see tasks.ts for what the columns mean

const onlyWaits = 'task.token is null and task.unclear_since is null';
const dueOfWaiting = 'case when $6 = 1 and task.due < excluded.due then task.due else excluded.due end';
/** A key that is held or unclear gets the new effect as its next one; a key that only waits is replaced. $6 = 1: the earlier due wins. */
export const addTask = `
  insert into task (incident, key, effect, due, ready_at, attempt, memo, created_at) values ($1, $2, $3, $4, $4, 0, 'null', $5)
  on conflict (incident, key) do update set
    next_effect = case when ${onlyWaits} then null else excluded.effect end,
    next_due = case when ${onlyWaits} then null when $6 = 1 and task.next_due < excluded.due then task.next_due else excluded.due end,
    effect = case when ${onlyWaits} then excluded.effect else task.effect end,
    ready_at = case when ${onlyWaits} then ${dueOfWaiting} else task.ready_at end,
    due = case when ${onlyWaits} then ${dueOfWaiting} else task.due end`;
export const cancelTask = 'delete from task where incident = $1 and key = $2 and token is null';
export const cancelNextRun = 'update task set next_effect = null, next_due = null where incident = $1 and key = $2 and token is not null';

/** A begun task whose lease ran out less than the settle time ($2) after it called the outside: not before that has passed. */
export const holdUnclear = `
  update task set token = null, unclear_since = coalesce(unclear_since, begun_at), due = called_at + $2, ready_at = called_at + $2, begun_at = null, called_at = null
  where begun_at is not null and ready_at <= $1 and called_at + $2 > $1`;
/** `lock` lets replicas on one PostgreSQL step around each other's rows. $5 and the `begins` - 1 after it: the keys that begin at once. */
export const claimTasks = (lock: '' | 'for update skip locked', begins: number) => `
  update task set token = $3, ready_at = $4, claimed_at = $1, attempt = attempt + 1, unclear_since = coalesce(unclear_since, begun_at),
    begun_at = ${begunIf(begins)}, called_at = ${begunIf(begins)}
  where id in (select id from task where ready_at <= $1 order by ready_at, id limit $2 ${lock})
  returning id, incident, effect, token, attempt, unclear_since as "unclearSince", memo, created_at as "createdAt", due`;
const begunIf = (begins: number): string =>
  begins === 0 ? 'null' : `case when key in (${Array.from({ length: begins }, (_, index) => `$${5 + index}`).join(', ')}) then $1 end`;
export const beginTask = 'update task set begun_at = coalesce(begun_at, $3), called_at = $3 where id = $1 and token = $2 returning id';
export const beatTask = 'update task set ready_at = $3 where id = $1 and token = $2 returning id';
export const runTaskOnceMore = `
  update task set effect = next_effect, due = next_due, ready_at = next_due, next_effect = null, next_due = null, attempt = 0, token = null,
    begun_at = null, called_at = null, unclear_since = null, memo = 'null', because = null, created_at = $3
  where id = $1 and token = $2 and next_effect is not null returning id`;
export const deleteTask = 'delete from task where id = $1 and token = $2 returning id';
const dueOfPostponed = 'case when next_due is null or ($7 = 1 and $3 < next_due) then $3 else next_due end';
/** $7 = 1: the earlier of its next run and of the new try wins. */
export const postponeTask = `
  update task set token = null, memo = $4, because = $5, unclear_since = null, begun_at = null, called_at = null, attempt = attempt - $6,
    due = ${dueOfPostponed}, ready_at = ${dueOfPostponed}, effect = coalesce(next_effect, effect), next_effect = null, next_due = null
  where id = $1 and token = $2 returning id`;
export const postponeUnclearTask = `
  update task set token = null, memo = $4, because = $5, unclear_since = coalesce(unclear_since, begun_at, claimed_at), begun_at = null, called_at = null,
    attempt = attempt - $6, due = $3, ready_at = $3
  where id = $1 and token = $2 returning id`;
/**
 * Only when every holder is known to be dead. What had begun keeps an empty token, nobody's, until `claim` tells how long it must settle;
 * what had not begun surely did nothing and simply waits again.
 */
export const voidLeases = `
  update task set token = case when begun_at is null then null else '' end, ready_at = case when begun_at is null then due else 0 end
  where token is not null returning id`;
export const selectNextDue = 'select ready_at as due from task order by ready_at limit 1';
export const selectTasks = 'select key, token, due, attempt, because from task where incident = $1 order by due, id';

// --- messages and small values

export const putMessage = `
  insert into message (incident, slot, channel, ts, memo) values ($1, $2, $3, $4, $5)
  on conflict (incident, slot) do update set channel = excluded.channel, ts = excluded.ts, memo = excluded.memo`;
export const selectMessage = 'select slot, channel, ts, memo from message where incident = $1 and slot = $2';
export const selectMessages = 'select slot, channel, ts, memo from message where incident = $1 order by slot';
export const putValue = 'insert into value (key, json) values ($1, $2) on conflict (key) do update set json = excluded.json';
export const selectValue = 'select json from value where key = $1';
/** The only row of `probe` changes every time, so that a page really is written. */
export const writeProbe = 'insert into probe (only_row, writes) values (1, 1) on conflict (only_row) do update set writes = probe.writes + 1';
