/** The part of a postmortem that reviewers read first: what changed just before, and what others changed meanwhile. */
import { atOpening, cleared } from './course.ts';
import { section, text } from './markdown.ts';
import type { Incident, Instant, ReleaseFacts } from './model.ts';
import { tellChange } from './story.ts';
import { saySuspect, suspect } from './suspect.ts';

/** The timeline has them all. */
const OTHERS_MOST = 20;

export function changesBefore(incident: Incident, iso: (at: Instant) => string): string {
  const release = atOpening(incident);
  const found = suspect({ ...incident, release });
  const lines = [
    running(release, iso),
    ...(found ? [`${text(saySuspect(found))}${cleared(incident)?.tag === found.tag ? '; going back from it had no effect' : ''}`] : []),
  ];
  const others = incident.outside.slice(0, OTHERS_MOST).map((change) => `${iso(change.at)} UTC: ${text(tellChange(change))}`);
  const more = incident.outside.length - others.length;
  const meanwhile =
    others.length === 0 ? [] : ['Others changed while it was open:', list([...others, ...(more > 0 ? [`and ${more} more, see the timeline`] : [])])];
  return section('What changed just before', [list(lines), ...meanwhile].join('\n\n'));
}

function running(release: ReleaseFacts | undefined, iso: (at: Instant) => string): string {
  if (release?.current === undefined) return 'Which release ran when the incident opened is not known.';
  const since = release.deployedAt === undefined ? 'since when is not known' : `deployed ${iso(release.deployedAt)} UTC`;
  const before = release.previous === undefined ? 'which release ran before it is not known' : `before it ran ${text(release.previous)}`;
  return `Running when the incident opened: ${text(release.current)}, ${since}; ${before}.`;
}

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');
