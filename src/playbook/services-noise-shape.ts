/** The words of services.yml about how alerts become incidents: what joins, what waits, what is a storm. */
import { z } from 'zod';
import { durationText } from '../lib/duration.ts';
import { clockTime, DAYS, labelSet, zone } from './services-rollback-shape.ts';

const DAY_MS = 86_400_000;

const openAfter = z.strictObject({
  times: z.int().min(2).max(20).describe('Fired so many times …'),
  within: durationText({ minMs: 60_000 }).describe('… within so long before an incident opens'),
  match: labelSet.optional().describe("Only for alerts with these labels ('*': any value); without this line for all of the service"),
});

/** Of one service. */
export const joiningShape = {
  join_within: durationText({ minMs: 60_000, maxMs: 7 * DAY_MS })
    .optional()
    .describe('New alerts join the open incident when its last one came so short a while ago (as long as it is open)'),
  open_after: z
    .union([openAfter, z.array(openAfter).max(20)])
    .default([])
    .describe('How often alerts must fire before an incident opens; of several entries the first that fits'),
  flap: z
    .union([z.literal('off'), durationText({ maxMs: DAY_MS })])
    .default('15m')
    .describe("What fires so soon after the end of its incident opens that one again; 'off': a new one"),
};

/** With its zone: a time without one would be another time on another machine. */
const moment = z.iso.datetime({ offset: true, error: 'expected a date and time with its zone, e.g. 2026-11-24T22:00:00+01:00' });

const once = { from: moment.describe('Date and time with its zone'), until: moment.describe('Not included') };
const weekly = {
  days: z.array(z.enum(DAYS)).min(1).max(7).optional().describe('Days it begins on: mon, tue … (every day)'),
  from: clockTime.describe('In quotes: "22:00"'),
  until: clockTime.describe('Not included; before `from`: over midnight'),
  zone: zone.describe('IANA name, e.g. Europe/Berlin'),
};
const about = {
  services: z.array(z.string().min(1).max(100)).min(1).max(500).optional().describe('Names of services'),
  match: labelSet.optional().describe("Labels that an alert must have ('*': any value)"),
  reason: z.string().trim().min(3).max(300).describe('Readers see it beside what is held'),
};
const isAboutSomething = {
  check: ({ services, match }: { services?: unknown; match?: unknown }) => services !== undefined || match !== undefined,
  say: { error: 'expected services or match; without either it would silence everything' },
};
const onceWindow = z
  .strictObject({ ...about, ...once })
  .refine(isAboutSomething.check, isAboutSomething.say)
  .refine(({ from, until }) => Date.parse(until) > Date.parse(from), { path: ['until'], error: 'is not after from' });
const weeklyWindow = z
  .strictObject({ ...about, ...weekly })
  .refine(isAboutSomething.check, isAboutSomething.say)
  .refine(({ from, until }) => from !== until, {
    path: ['until'],
    error: 'is the same as from, so the window would never hold; a whole day is 00:00 to 24:00',
  });
export const maintenanceWindow = z.union([onceWindow, weeklyWindow]);

const storm = z.strictObject({
  incidents: z.int().min(2).max(200).default(5).describe('At most so many channels are opened by alerts within `within`; the last is the storm’s'),
  alerts: z.int().min(10).max(10_000).default(100).describe('So many alerts …'),
  services: z.int().min(2).max(1_000).default(3).describe('… of so many services are a storm, too'),
  within: durationText({ minMs: 60_000, maxMs: 3_600_000 }).default('1m').describe('The time in which they are counted'),
  quiet: durationText({ minMs: 60_000 }).default('10m').describe('It takes what is new until nothing new has come for so long'),
});

/** Of the whole file. */
export const noiseShape = {
  storm: storm.prefault({}).describe('When many services alert at once, one incident takes them all'),
  maintenance: z.array(maintenanceWindow).max(200).default([]).describe('Times in which new alerts are held; what still fires afterwards is told then'),
  own_alerts: z
    .array(labelSet)
    .max(20)
    .default([{ source: 'tagback' }, { tagback: 'self' }])
    .describe('Labels of alerts about Tagback itself: they never open an incident'),
};
