/** services.yml: channels of Slack in which other apps post alerts. */
import { z } from 'zod';
import type { WatchedChannel } from '../core/watched.ts';
import { didYouMean } from '../lib/closest.ts';
import { patternText } from '../lib/pattern.ts';
import { problem } from './issues.ts';
import type { Problem } from './problem.ts';
import type { YamlSource } from './yaml-values.ts';

const entry = z.strictObject({
  channel: z
    .string()
    .regex(/^[CG][A-Z0-9]{2,}$/, 'expected a Slack channel id (C…); Slack shows it at the end of “View channel details”')
    .describe('Where the app posts; invite Tagback there'),
  app: z
    .string()
    .regex(/^[AB][A-Z0-9]{2,}$/, 'expected the id of an app (A…) or of a bot (B…)')
    .describe('Whose posts are alerts: id of the app (A…) or of its bot (B…); everybody else’s are not read'),
  service: z.string().min(1).max(100).optional().describe('Of which service they are; without it fields, labels or a service’s name in the post decide'),
  firing: patternText().optional().describe('A post fires when one of its lines matches; without it, when it is not resolved'),
  resolved: patternText().optional().describe('… and resolves when one matches this; without it, by the usual words in the headline or a green bar'),
  identity: z
    .enum(['title', 'link', 'message'])
    .default('title')
    .describe('What makes two posts the same alert: the headline, its link (without ?…), or the message that the app edits and replies under'),
});

export const watchShape = {
  watch_channels: z.array(entry).max(50).default([]).describe('Channels in which other apps post alerts; see docs/sources/slack.md'),
};

interface File {
  readonly watch_channels: readonly z.output<typeof entry>[];
  readonly services: Readonly<Record<string, unknown>>;
}

export const readWatched = ({ watch_channels: entries }: Pick<File, 'watch_channels'>): readonly WatchedChannel[] =>
  entries.map(({ channel, app, service, firing, resolved, identity }) => ({ channel, app, service, firing, resolved, identity }));

/** A service that is none, and a second entry that would never be asked. */
export function watchProblems(source: YamlSource, { watch_channels: entries, services }: File): readonly Problem[] {
  const names = Object.keys(services);
  const seen = new Set<string>();
  return entries.flatMap(({ channel, app, service }, index) => {
    const path = ['watch_channels', index];
    const key = `${channel} ${app}`;
    const twice = seen.has(key)
      ? [problem({ source, path: [...path, 'app'] }, 'E_PLAYBOOK_ID', `${app} in ${channel} has an entry above; this one would never be asked`)]
      : [];
    seen.add(key);
    if (service === undefined || names.includes(service)) return twice;
    const unknown = problem({ source, path: [...path, 'service'] }, 'E_PLAYBOOK_REF', [
      `there is no service '${service.slice(0, 60)}' in this file.${didYouMean(service, names)}`,
      `services here: ${names.slice(0, 20).join(', ') || 'none'}`,
    ]);
    return [...twice, unknown];
  });
}
