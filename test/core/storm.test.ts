import { describe, expect, it } from 'vitest';
import type { Tally } from '../../src/core/alert.ts';
import type { Severity } from '../../src/core/model.ts';
import { servicesToCall } from '../../src/core/storm.ts';
import { Story, signal } from './given.ts';

const counted = (service: string | undefined, severity: Severity, firing = 1): Tally => ({ service, severity, firing, seen: 1, changedAt: 0 });
const ofStorm = (...tallies: readonly Tally[]) => servicesToCall({ scope: 'storm', alerts: {}, tallies });

describe('the services of a storm whose people are called', () => {
  it('are five at most, the worst first, and among equals those that began first', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => counted(name, 'sev3'));
    expect(ofStorm(...many)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ofStorm(...many, counted('late', 'sev1'), counted('f', 'sev2'))).toEqual(['late', 'f', 'a', 'b', 'c']);
  });

  it('are named ones; what fires more, less or no longer changes nothing', () => {
    expect(ofStorm(counted(undefined, 'sev1'), counted('a', 'sev2', 0), counted('b', 'sev2', 900))).toEqual(['a', 'b']);
  });

  it('are none where the incident is one service’s own', () => {
    expect(servicesToCall({ scope: 'service', alerts: {}, tallies: [counted('a', 'sev1')] })).toEqual([]);
  });
});

describe('a storm that goes on', () => {
  const fires = (story: Story, service: string, severity: Severity = 'sev2'): readonly string[] =>
    story
      .when({ kind: 'signal', signal: signal({ fingerprint: `${service}${severity}${story.now}`, service, severity }), because: 'a storm is under way' })
      .keys();
  const storm = (): Story => new Story({ service: undefined }, signal({ service: 's0' }), 'storm');

  it('calls the people of a service that belongs to the worst of it from now on, and nobody twice', () => {
    const story = storm().withChannel();
    expect(story.keys()).toContain('dress:invite');
    for (const service of ['s1', 's2', 's3', 's4']) expect(fires(story, service), service).toContain('dress:invite');
    for (const service of ['s5', 's0', 's4']) expect(fires(story, service), service).not.toContain('dress:invite');
    expect(fires(story, 's5', 'sev1')).toContain('dress:invite');
    expect(fires(story, 's5', 'sev1')).not.toContain('dress:invite');
  });

  it('wants nobody invited before there is a channel, and calls them when there is one', () => {
    const story = storm();
    expect(fires(story, 's1')).not.toContain('dress:invite');
    expect(story.withChannel().keys()).toContain('dress:invite');
  });
});
