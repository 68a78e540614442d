/** P14: one error-rate picture of 121 points, and how long the event loop stands still for it. Beside it: the renderer alone, on the main thread. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Resvg } from '@resvg/resvg-js';
import { createPainter } from '../src/chart/png.ts';
import { type Chart, drawChart } from '../src/chart/svg.ts';
import { pause, ROOT } from './child.ts';
import { allowed, ms, type Row, sayAllowed } from './row.ts';
import { median, notes, p99, wideSpread } from './stats.ts';

const POINTS = 121;
const STEP_MS = 15_000;
const WARM_UP = 8;
const ROUNDS = 50;
/** Resolution of the event-loop clock; what it shows beyond this is delay. */
const RESOLUTION_MS = 1;
const FONTS = ['Inter_400Regular.ttf', 'Inter_600SemiBold.ttf'].map((name) => `${ROOT}assets/fonts/${name}`);

export const chart: Row = {
  ids: ['P14'],
  async run() {
    const painter = createPainter();
    const rounds: { ours: number; floor: number; blockedMs: number; idleMs: number }[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const svg = drawChart(picture(round)); // the same for the floor: it is the renderer that is compared
      const idleMs = await worstDelay(() => pause(25));
      let ours = 0;
      const blockedMs = await worstDelay(async () => {
        const startedAt = performance.now();
        await painter.paint(drawChart(picture(round)));
        ours = performance.now() - startedAt;
      });
      const startedAt = performance.now();
      new Resvg(svg, { font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'Inter' } }).render().asPng();
      if (round >= WARM_UP) rounds.push({ ours, floor: performance.now() - startedAt, blockedMs, idleMs });
    }
    await painter.close();
    return [timeLine(rounds), blockedLine(rounds)];
  },
};

function timeLine(rounds: readonly { readonly ours: number; readonly floor: number }[]) {
  const [ours, floor] = [rounds.map((round) => round.ours), rounds.map((round) => round.floor)];
  const beside = { thenMs: 21, nowMs: median(floor) };
  return {
    id: 'P14',
    what: `chart as PNG, ${POINTS} points`,
    ours: `p50 ${ms(median(ours))}, p99 ${ms(p99(ours))}`,
    floor: `p50 ${ms(median(floor))}, p99 ${ms(p99(floor))}`,
    ratio: median(ours) / median(floor),
    goal: sayAllowed('p50 ≤', 30, beside),
    ok: median(ours) <= allowed(30, beside),
    note: notes(`${rounds.length} pictures`, wideSpread(ours, 0)),
  };
}

function blockedLine(rounds: readonly { readonly blockedMs: number; readonly idleMs: number }[]) {
  const [blocked, idle] = [rounds.map((round) => round.blockedMs), rounds.map((round) => round.idleMs)];
  return {
    id: 'P14',
    what: 'event loop blocked meanwhile',
    ours: `p50 ${ms(median(blocked))}, p99 ${ms(p99(blocked))}`,
    floor: `p50 ${ms(median(idle))}, p99 ${ms(p99(idle))} (idle)`,
    ratio: undefined,
    goal: '≤ 10 ms',
    ok: median(blocked) <= 10,
    note: undefined,
  };
}

/** The longest the event loop was late during `work`, in ms. */
async function worstDelay(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await work();
  await pause(2 * RESOLUTION_MS); // a delay shows with the next tick of the clock
  delay.disable();
  return Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
}

/** A quiet half, a bad release, a rise to 24 %, and the way back. No two pictures alike. */
function picture(round: number): Chart {
  const from = Date.UTC(2026, 10, 20, 9) + round * 1000;
  const to = from + (POINTS - 1) * STEP_MS;
  const at = (share: number): number => from + share * (to - from);
  const rate = (n: number): number => (n < 55 || n > 95 ? 0.004 : 0.24) * (1 + 0.3 * Math.sin(n + round));
  return {
    title: 'checkout-api · error rate',
    subtitle: `INC-${round} · SEV2 · peak 24 %`,
    samples: Array.from({ length: POINTS }, (_, n) => ({ at: from + n * STEP_MS, value: rate(n) })),
    from,
    to,
    stepMs: STEP_MS,
    threshold: 0.02,
    markers: [
      { at: at(0.42), label: 'deploy v2.14.0', kind: 'deploy' },
      { at: at(0.48), label: 'alert', kind: 'alert' },
      { at: at(0.74), label: 'rollback → v2.13.2', kind: 'rollback' },
      { at: at(0.82), label: 'recovered', kind: 'recovered' },
    ],
    shaded: { from: at(0.48), to: at(0.82) },
  };
}
