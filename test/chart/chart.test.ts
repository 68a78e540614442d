import { afterAll, describe, expect, it } from 'vitest';
import { chartOf, spanOf } from '../../src/chart/incident-chart.ts';
import { placeLabels } from '../../src/chart/lanes.ts';
import { createPainter } from '../../src/chart/png.ts';
import { type Chart, drawChart, describe as say } from '../../src/chart/svg.ts';
import { clockText, niceTimes, niceValues } from '../../src/chart/ticks.ts';
import { MINUTE, Story, service, T0 } from '../core/given.ts';
import { forwardAgain } from '../core/given-forward.ts';

const chart = (more: Partial<Chart> = {}): Chart => ({
  title: 'checkout-api · error rate',
  subtitle: 'INC-1',
  samples: Array.from({ length: 121 }, (_, n) => ({ at: T0 + n * 30_000, value: n > 40 && n < 90 ? 0.08 : 0.004 })),
  from: T0,
  to: T0 + 60 * MINUTE,
  stepMs: 30_000,
  threshold: 0.02,
  markers: [{ at: T0 + 20 * MINUTE, label: 'deploy v2.14.0', kind: 'deploy' }],
  shaded: { from: T0 + 21 * MINUTE, to: T0 + 45 * MINUTE },
  ...more,
});

describe('the error-rate chart', () => {
  const painter = createPainter();
  afterAll(() => painter.close());

  it('is a PNG of the size it says', async () => {
    const png = Buffer.from(await painter.paint(drawChart(chart())));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 520]);
  });

  it('says in words what it shows', () => {
    expect(say(chart())).toBe('checkout-api · error rate: peak 8.0 % at 03:20:30 UTC, threshold 2.0 %, deploy v2.14.0 at 03:20:00, now 0.4 %');
    expect(say(chart({ samples: [] }))).toContain('no data');
  });

  it('lets no label break the picture', async () => {
    const hostile = chart({ title: '</text><script>&"\u0000\u0008', markers: [{ at: T0 + MINUTE, label: '<b>"&\u0001', kind: 'alert' }] });
    const svg = drawChart(hostile);
    expect(svg).not.toContain('<script>');
    await expect(painter.paint(svg)).resolves.toBeInstanceOf(Uint8Array);
  });

  it('draws nothing between samples that are far apart', () => {
    const [a, b] = [T0 + MINUTE, T0 + 30 * MINUTE];
    expect(
      drawChart(
        chart({
          samples: [
            { at: a, value: 0.01 },
            { at: b, value: 0.01 },
          ],
        }),
      ).match(/d="(M[^"]*)" fill="none"/)?.[1],
    ).toMatch(/^M[^L]*M[^L]*$/);
  });

  it('a picture that cannot be drawn is an error, and the next one is drawn', async () => {
    await expect(painter.paint('<svg')).rejects.toMatchObject({ code: 'E_INTERNAL' });
    await expect(painter.paint(drawChart(chart()))).resolves.toBeInstanceOf(Uint8Array);
  });

  it('keeps labels in lanes where none covers another', () => {
    const placed = placeLabels(
      [100, 130, 160].map((x) => ({ x, marker: { label: 'rollback → v2' } })),
      { left: 74, right: 1164, top: 150 },
    );
    const overlaps = placed.some((a) => placed.some((b) => a !== b && a.y === b.y && a.left < b.left + b.width && b.left < a.left + a.width));
    expect(overlaps).toBe(false);
  });

  it('has round axes', () => {
    expect(niceValues(0.088)).toEqual([0, 0.02, 0.04, 0.06, 0.08, 0.1]);
    expect(niceTimes(T0, T0 + 60 * MINUTE)).toMatchObject({ seconds: false });
    expect(niceTimes(T0, T0 + 60 * MINUTE).at.map((at) => clockText(at, false))).toEqual(['03:00', '03:10', '03:20', '03:30', '03:40', '03:50', '04:00']);
  });

  it('shows the time before the deploy, and every turn of the story', () => {
    const story = new Story().when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 4 * MINUTE } });
    const rate = service.health.errorRate;
    if (!rate) throw new Error('the service of the tests has an error rate');
    const span = spanOf(story.incident, rate, T0 + 6 * MINUTE);
    expect(span.from).toBeLessThan(T0 - 4 * MINUTE);
    expect(chartOf(story.incident, rate, { ...span, samples: [] }).markers.map(({ label }) => label)).toEqual(['deploy v2.14.0', 'alert']);
  });

  it('marks every rollback that went out, and calls the way forward so', () => {
    const rate = service.health.errorRate;
    if (!rate) throw new Error('the service of the tests has an error rate');
    const { incident, now } = forwardAgain();
    const { markers } = chartOf(incident, rate, { ...spanOf(incident, rate, now), samples: [] });
    expect(markers.map(({ label }) => label)).toEqual(['deploy v2.14.0', 'alert', 'rollback → v2.13.2', 'forward → v2.14.0', 'recovered']);
    const sent = markers.filter(({ kind }) => kind === 'rollback').map(({ at }) => at);
    expect(sent).toEqual([incident.rollbacks.rb1?.sentAt, incident.rollbacks.rb2?.sentAt]);
  });
});
