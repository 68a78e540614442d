/** Timeline → Markdown draft. What people must still think about is asked, not invented. */
import { atOpening, cleared } from './course.ts';
import { section, table, text } from './markdown.ts';
import { sayDuration, timesOf } from './metrics.ts';
import type { Evidence, Incident, Instant, TimelineEvent } from './model.ts';
import { changesBefore } from './postmortem-changes.ts';
import { addresses, reportersOf } from './postmortem-evidence.ts';
import { course, decisions, releaseRow, toFind, verdictRow } from './postmortem-rollbacks.ts';
import { isBeginning, tell } from './story.ts';
import { suspect } from './suspect.ts';

export interface PostmortemInput {
  readonly incident: Incident;
  readonly events: readonly TimelineEvent[];
  /** File or address of the error-rate chart; undefined: none was drawn. */
  readonly chart: { readonly url: string; readonly alt: string } | undefined;
  /** The end of the audit chain when it is written; undefined: it was not read. */
  readonly record: ChainEnd | undefined;
  /** ISO 8601 without a clock of its own: `iso(at)` → `2026-11-20 06:41:07`. */
  iso(at: Instant): string;
}

/** A row of the chain over all events: by its hash it proves every row before it. */
export interface ChainRow {
  readonly seq: number;
  readonly hash: string;
}
export interface ChainEnd {
  /** The last row of the whole chain. */
  readonly head: ChainRow;
  /** The newest row of this incident. */
  readonly own: ChainRow | undefined;
}

export function postmortem(input: PostmortemInput): string {
  const { incident } = input;
  const parts = [
    `# ${incident.id}: ${text(incident.title)}`,
    '> Draft, written from the timeline. Blameless: it asks what made this possible, not who did it.',
    facts(input),
    section('Summary', summary(input)),
    input.chart && section('Error rate', `![${text(input.chart.alt)}](${input.chart.url})\n\n${text(input.chart.alt)}`),
    changesBefore(incident, input.iso),
    section('Timeline', `All times are UTC.\n\n${timeline(input)}`),
    decisions(incident, input.iso),
    evidence(incident),
    addresses(incident, input.iso),
    reportersOf(incident),
    findings(incident),
    causes(incident),
    section('Questions for the review', questions(incident)),
    section('Action items', actions(incident)),
    input.record && section('Record', record(input.record, incident)),
  ];
  return `${parts.filter((part) => part !== undefined && part !== '').join('\n\n')}\n`;
}

function facts({ incident, iso }: PostmortemInput): string {
  const times = timesOf(incident);
  const rows: [string, string | undefined][] = [
    ['Service', incident.service],
    ['Severity', incident.severity.toUpperCase()],
    ['Lead', incident.roles.lead?.name ?? 'nobody took the lead'],
    ['Opened', `${iso(incident.openedAt)} UTC, ${incident.openedBecause}`],
    ['Resolved', incident.resolvedAt === undefined ? 'not yet' : `${iso(incident.resolvedAt)} UTC`],
    ['Release', releaseRow(incident, atOpening(incident)?.current)],
    ['Verdict', verdictRow(incident)],
    ['Time to detect', sayDuration(times.detectMs)],
    ['Time to acknowledge', sayDuration(times.acknowledgeMs)],
    ['Time to mitigate', sayDuration(times.mitigateMs)],
    ['Time to resolve', sayDuration(times.resolveMs)],
  ];
  return table(
    ['', ''],
    rows.filter((row): row is [string, string] => row[1] !== undefined).map(([name, value]) => [`**${name}**`, text(value)]),
  );
}

function summary({ incident }: PostmortemInput): string {
  const { verdict } = incident;
  const found = suspect({ ...incident, release: atOpening(incident) });
  const sentences = [
    `${text(incident.title)} (${text(incident.service)}).`,
    found && `${text(found.tag)} was ${text(found.because)}.`,
    ...course(incident),
    verdict?.runs !== undefined ? `The service itself answered that ${text(verdict.runs)} runs.` : undefined,
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(' ');
}

function timeline({ incident, events, iso }: PostmortemInput): string {
  const rows = events
    .filter((event) => !isBeginning(event, incident))
    .map((event) => {
      const what = tell(event, incident);
      return [iso(event.at).slice(11), text(what), what.includes(event.because) ? '' : text(event.because)];
    });
  return table(['Time', 'What', 'Why'], rows);
}

function evidence(incident: Incident): string | undefined {
  if (incident.evidence.length === 0) return undefined;
  return section('Evidence', incident.evidence.map(evidenceLine).join('\n'));
}

function evidenceLine(item: Evidence): string {
  switch (item.kind) {
    case 'url':
      return `- URL \`${item.url.replaceAll('`', '')}\``;
    case 'screenshot':
      return `- Screenshot ${item.permalink === undefined ? text(item.name) : `[${text(item.name)}](${item.permalink})`}`;
    case 'note':
      return `- ${text(item.text)}`;
    case 'request':
      return `- Request id \`${item.id.replaceAll('`', '')}\``;
    case 'user':
      return `- Affected: ${text(item.name)}`;
    case 'snapshot':
      return `- The service at the beginning: ${item.facts.map(({ name, value }) => `${text(name)} ${text(value)}`).join('; ')}`;
  }
}

function findings(incident: Incident): string | undefined {
  const lines = Object.entries(incident.steps)
    .filter(([id, step]) => step.say !== undefined && step.state === 'done' && incident.playbook?.steps.find((known) => known.id === id)?.by === 'machine')
    .map(([id, step]) => `- ${text(incident.playbook?.steps.find((known) => known.id === id)?.title ?? id)}: ${text(step.say ?? '')}`);
  return lines.length === 0 ? undefined : section('What the checks said', lines.join('\n'));
}

/** Confirmed ones first: they are what the review starts from. */
function causes(incident: Incident): string | undefined {
  const said = Object.values(incident.causes).toSorted((a, b) => Number(b.verdict === 'confirmed') - Number(a.verdict === 'confirmed'));
  const lines = said.map(({ title, verdict, by }) => `- **${verdict === 'confirmed' ? 'Confirmed' : 'Ruled out'}** by ${text(by)}: ${text(title)}`);
  return lines.length === 0 ? undefined : section('Causes', lines.join('\n'));
}

/** A release that was not the cause is not asked about. */
function questions(incident: Incident): string {
  const isCleared = cleared(incident) !== undefined;
  return [
    isCleared ? '- What failed, and why did it reach all users before anybody noticed?' : '- Why did the change reach all users before anybody noticed?',
    isCleared ? '- What would have shown earlier that it was not the release?' : '- What would have shown it earlier: a test, a canary, an alert on a key URL?',
    '- What slowed us down between the alert and the decision?',
    '- Is anything still broken that the rollback did not take back (data, caches, jobs)?',
  ].join('\n');
}

function actions(incident: Incident): string {
  const lines = [
    ...toFind(incident),
    cleared(incident) ? 'Add a check or an alert that names this cause when it comes back' : 'Add a check that would have caught this before the release',
    incident.troubles.length > 0 ? `Look at what the bot could not do (${incident.troubles.length})` : undefined,
    'Review this draft together and close the open questions',
  ];
  return lines
    .filter((line) => line !== undefined)
    .map((line) => `- [ ] ${line}`)
    .join('\n');
}

/** With it a reader can hold this text against an export made later: a record that was rewritten meanwhile has other hashes. */
function record({ head, own }: ChainEnd, { id }: Incident): string {
  const newest = own && `The newest event of ${text(id)} in it is row ${own.seq}, SHA-256 \`${own.hash}\`.`;
  const lines = [
    `When this was written, the audit chain ended with row ${head.seq}, SHA-256 \`${head.hash}\`.`,
    own?.seq === head.seq ? `That row is the newest event of ${text(id)}.` : newest,
    `\`npx tagback export ${text(id)}\` checks the whole chain and lists the rows of ${text(id)}${own ? `: row ${own.seq} must have this hash` : ''}.`,
  ];
  return lines.filter((line) => line !== undefined).join(' ');
}
