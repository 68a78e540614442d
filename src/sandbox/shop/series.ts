/** The shop's metrics: what /metrics shows now and what the mini Prometheus remembers. */
import { STATUSES, type Traffic } from './traffic.ts';

export type Labels = Readonly<Record<string, string>>;
export interface Series {
  readonly name: string;
  readonly labels: Labels;
  valueAt(at: number): number;
}

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'histogram';
  readonly help: string;
  readonly series: readonly Series[];
}

// Share of requests answered within so many seconds.
const LATENCY: readonly (readonly [le: string, share: number])[] = [
  ['0.025', 0.31],
  ['0.05', 0.62],
  ['0.1', 0.86],
  ['0.25', 0.965],
  ['0.5', 0.991],
  ['1', 0.998],
  ['2.5', 1],
  ['+Inf', 1],
];
const MEAN_SECONDS = 0.061;

export function shopFamilies(traffic: Traffic, shared: Labels): readonly Family[] {
  const total = (at: number) => STATUSES.reduce((sum, status) => sum + traffic.countsAt(at)[status], 0);
  const duration = 'http_request_duration_seconds';
  return [
    {
      name: 'http_requests_total',
      type: 'counter',
      help: 'Requests answered, by status code.',
      series: STATUSES.map((code) => ({ name: 'http_requests_total', labels: { ...shared, code }, valueAt: (at) => traffic.countsAt(at)[code] })),
    },
    {
      name: duration,
      type: 'histogram',
      help: 'How long requests took.',
      series: [
        ...LATENCY.map(([le, share]): Series => ({ name: `${duration}_bucket`, labels: { ...shared, le }, valueAt: (at) => Math.floor(total(at) * share) })),
        { name: `${duration}_sum`, labels: shared, valueAt: (at) => Math.round(total(at) * MEAN_SECONDS * 1000) / 1000 },
        { name: `${duration}_count`, labels: shared, valueAt: total },
      ],
    },
  ];
}

/** Prometheus text exposition format 0.0.4. */
export function exposition(families: readonly Family[], at: number): string {
  const lines = families.flatMap((family) => [
    `# HELP ${family.name} ${family.help}`,
    `# TYPE ${family.name} ${family.type}`,
    ...family.series.map((one) => `${one.name}{${labelText(one.labels)}} ${one.valueAt(at)}`),
  ]);
  return `${lines.join('\n')}\n`;
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',');
