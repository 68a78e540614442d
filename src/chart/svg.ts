/** An error-rate picture as SVG text, pure. Everything that carries meaning is a line or a word; colour only repeats it. */
import type { Instant } from '../core/model.ts';
import type { Sample } from '../core/verdict.ts';
import { percent } from '../core/verdict.ts';
import { type Placed, placeLabels } from './lanes.ts';
import { clockText, niceTimes, niceValues } from './ticks.ts';

export interface Marker {
  readonly at: Instant;
  readonly label: string;
  readonly kind: 'deploy' | 'alert' | 'rollback' | 'recovered';
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** Fractions 0…1, in order of time. */
  readonly samples: readonly Sample[];
  readonly from: Instant;
  readonly to: Instant;
  /** Distance at which samples were asked for; a longer gap is shown as a gap. */
  readonly stepMs: number;
  readonly threshold: number;
  readonly markers: readonly Marker[];
  /** The incident: first alert to recovery, or to now. */
  readonly shaded: { readonly from: Instant; readonly to: Instant } | undefined;
}

export const SIZE = { width: 1200, height: 520 } as const;
const PLOT = { left: 74, right: 1164, top: 150, bottom: 468 } as const;
const COLOURS = { ink: '#1d1c1d', dim: '#5f6368', grid: '#ededf0', bad: '#e5484d', threshold: '#ad5700', line: '#5f6368', paper: '#ffffff' } as const;
const MARKER_COLOURS: Record<Marker['kind'], string> = { deploy: '#6e56cf', alert: '#e5484d', rollback: '#0b74d1', recovered: '#218358' };
const FONT = 'Inter, Noto Sans, DejaVu Sans, Helvetica, Arial, sans-serif';
/** A longer hole between two samples than this many steps is a hole. */
const GAP_STEPS = 3;

interface Scale {
  x(at: Instant): number;
  y(value: number): number;
  readonly ticks: readonly number[];
}

export function drawChart(chart: Chart): string {
  const scale = scaleOf(chart);
  const inside = chart.samples.filter(({ at, value }) => at >= chart.from && at <= chart.to && Number.isFinite(value));
  const placed = placeLabels(
    chart.markers.map((marker) => ({ marker, x: scale.x(marker.at) })).filter(({ x }) => x >= PLOT.left && x <= PLOT.right),
    PLOT,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="${FONT}" role="img" aria-label="${esc(describe(chart))}">`,
    defs(scale.y(chart.threshold)),
    `<rect width="${SIZE.width}" height="${SIZE.height}" fill="${COLOURS.paper}"/>`,
    `<text x="28" y="46" font-size="25" font-weight="600" fill="${COLOURS.ink}">${esc(chart.title)}</text>`,
    `<text x="28" y="76" font-size="17" fill="${COLOURS.dim}">${esc(chart.subtitle)}</text>`,
    shade(chart, scale),
    axes(chart, scale),
    curve(inside, chart, scale),
    thresholdLine(chart, scale),
    ...placed.map(pole),
    ...placed.map(flag),
    inside.length === 0 ? `<text x="${SIZE.width / 2}" y="320" font-size="20" text-anchor="middle" fill="${COLOURS.dim}">no data</text>` : '',
    '</svg>',
  ].join('\n');
}

/** The sentence a reader needs who cannot see the picture. */
export function describe(chart: Chart): string {
  const known = chart.samples.filter(({ value }) => Number.isFinite(value));
  const peak = known.reduce<Sample | undefined>((top, sample) => (top === undefined || sample.value > top.value ? sample : top), undefined);
  const last = known.at(-1);
  const markers = chart.markers.map(({ label, at }) => `${label} at ${clockText(at, true)}`);
  const rate = peak && last ? [`peak ${percent(peak.value)} at ${clockText(peak.at, true)} UTC`, `now ${percent(last.value)}`] : ['no data'];
  return [`${chart.title}: ${rate[0]}`, `threshold ${percent(chart.threshold)}`, ...markers, ...rate.slice(1)].join(', ');
}

function scaleOf(chart: Chart): Scale {
  const highest = Math.max(chart.threshold * 1.5, 0.01, ...chart.samples.map(({ value }) => (Number.isFinite(value) ? value : 0)));
  const ticks = niceValues(highest);
  const top = ticks.at(-1) ?? highest;
  const span = Math.max(1, chart.to - chart.from);
  return {
    ticks,
    x: (at) => PLOT.left + ((at - chart.from) / span) * (PLOT.right - PLOT.left),
    y: (value) => PLOT.bottom - (Math.min(value, top) / top) * (PLOT.bottom - PLOT.top),
  };
}

function defs(thresholdY: number): string {
  return `<defs>
<linearGradient id="heat" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${COLOURS.bad}" stop-opacity="0.38"/><stop offset="1" stop-color="${COLOURS.bad}" stop-opacity="0.03"/></linearGradient>
<clipPath id="above"><rect x="0" y="0" width="${SIZE.width}" height="${r(thresholdY)}"/></clipPath>
<clipPath id="below"><rect x="0" y="${r(thresholdY)}" width="${SIZE.width}" height="${r(SIZE.height - thresholdY)}"/></clipPath>
</defs>`;
}

function shade(chart: Chart, scale: Scale): string {
  if (!chart.shaded) return '';
  const from = Math.max(PLOT.left, scale.x(chart.shaded.from));
  const to = Math.min(PLOT.right, scale.x(chart.shaded.to));
  return to <= from
    ? ''
    : `<rect x="${r(from)}" y="${PLOT.top}" width="${r(to - from)}" height="${PLOT.bottom - PLOT.top}" fill="${COLOURS.bad}" fill-opacity="0.07"/>`;
}

function axes(chart: Chart, scale: Scale): string {
  const rows = scale.ticks.map((value) => {
    const y = r(scale.y(value));
    return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}" stroke="${COLOURS.grid}"/><text x="${PLOT.left - 12}" y="${y + 6}" font-size="16" text-anchor="end" fill="${COLOURS.dim}">${percentTick(value)}</text>`;
  });
  const times = niceTimes(chart.from, chart.to);
  const columns = times.at.map(
    (at) =>
      `<text x="${r(scale.x(at))}" y="${PLOT.bottom + 34}" font-size="16" text-anchor="middle" fill="${COLOURS.dim}">${clockText(at, times.seconds)}</text>`,
  );
  return [...rows, ...columns].join('\n');
}

const percentTick = (value: number): string => `${Number((value * 100).toFixed(2))} %`;

function curve(samples: readonly Sample[], chart: Chart, scale: Scale): string {
  const runs = splitAtGaps(samples, chart.stepMs * GAP_STEPS);
  const line = runs.map((run) => run.map(({ at, value }, n) => `${n === 0 ? 'M' : 'L'}${r(scale.x(at))} ${r(scale.y(value))}`).join('')).join('');
  const hot = runs.flatMap((run) => hotStretches(run, chart.threshold)).map((stretch) => area(stretch, scale));
  return [
    ...hot,
    `<path d="${line}" fill="none" stroke="${COLOURS.line}" stroke-width="2.5" stroke-linejoin="round" clip-path="url(#below)"/>`,
    `<path d="${line}" fill="none" stroke="${COLOURS.bad}" stroke-width="3.5" stroke-linejoin="round" clip-path="url(#above)"/>`,
  ].join('\n');
}

function area(stretch: readonly Sample[], scale: Scale): string {
  const [first, last] = [stretch[0], stretch.at(-1)];
  if (!first || !last) return '';
  const top = stretch.map(({ at, value }) => `L${r(scale.x(at))} ${r(scale.y(value))}`).join('');
  return `<path d="M${r(scale.x(first.at))} ${PLOT.bottom}${top}L${r(scale.x(last.at))} ${PLOT.bottom}Z" fill="url(#heat)"/>`;
}

/** From the last good sample before a rise above the threshold to the first good one after it. */
function hotStretches(run: readonly Sample[], threshold: number): readonly (readonly Sample[])[] {
  const stretches: Sample[][] = [];
  let open: Sample[] | undefined;
  run.forEach((sample, n) => {
    const hot = sample.value > threshold;
    if (hot && !open) {
      open = n > 0 ? run.slice(n - 1, n) : [];
      stretches.push(open);
    }
    open?.push(sample);
    if (!hot) open = undefined;
  });
  return stretches;
}

function splitAtGaps(samples: readonly Sample[], gapMs: number): readonly (readonly Sample[])[] {
  const runs: Sample[][] = [];
  for (const sample of samples) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && sample.at - before.at <= gapMs) run.push(sample);
    else runs.push([sample]);
  }
  return runs;
}

function thresholdLine(chart: Chart, scale: Scale): string {
  const y = r(scale.y(chart.threshold));
  return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}" stroke="${COLOURS.threshold}" stroke-width="2" stroke-dasharray="8 5"/>
<text x="${PLOT.left + 8}" y="${y - 10}" font-size="15" font-weight="600" fill="${COLOURS.threshold}">threshold ${percentTick(chart.threshold)}</text>`;
}

/** All poles are drawn before any flag: none crosses the words of another. */
function pole({ marker, x, y }: Placed<Marker>): string {
  return `<line x1="${r(x)}" x2="${r(x)}" y1="${y + 24}" y2="${PLOT.bottom}" stroke="${MARKER_COLOURS[marker.kind]}" stroke-width="2"/>`;
}

function flag({ marker, left, width, y }: Placed<Marker>): string {
  return `<rect x="${r(left)}" y="${y}" width="${r(width)}" height="26" rx="5" fill="${MARKER_COLOURS[marker.kind]}"/>
<text x="${r(left + width / 2)}" y="${y + 18}" font-size="15" font-weight="600" text-anchor="middle" fill="#fff">${esc(marker.label)}</text>`;
}

const r = (value: number): number => Math.round(value * 10) / 10;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// XML 1.0 forbids the control characters; a renderer would refuse the whole picture for one of them.
const esc = (value: string): string =>
  value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"]/g, (char) => ENTITIES[char] ?? '');
