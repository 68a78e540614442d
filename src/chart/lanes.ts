/** Labels above a plot, in as many lanes as they need so that none covers another. */
export interface Placed<M> {
  readonly marker: M;
  readonly x: number;
  readonly left: number;
  readonly width: number;
  readonly y: number;
}

const LANE_PX = 30;
const LANES = 3;
const PADDING_PX = 12;
/** Semi-bold Inter at 15 px: wide enough for its widest common letters, so a label never leaves its box. */
const LETTER_PX = 8.6;
const SPACE_PX = 4;

export function placeLabels<M extends { readonly label: string }>(
  marks: readonly { readonly marker: M; readonly x: number }[],
  plot: { readonly left: number; readonly right: number; readonly top: number },
): readonly Placed<M>[] {
  const ends: number[] = [];
  return [...marks]
    .sort((a, b) => a.x - b.x)
    .map(({ marker, x }) => {
      const width = marker.label.length * LETTER_PX + 2 * PADDING_PX;
      const left = Math.min(Math.max(x - width / 2, plot.left - 40), plot.right + 30 - width);
      const free = Array.from({ length: LANES }, (_, lane) => lane).find((lane) => (ends[lane] ?? -1) + SPACE_PX <= left);
      // More labels in one place than lanes: the one that is free first.
      const lane = free ?? ends.indexOf(Math.min(...ends));
      ends[lane] = left + width;
      return { marker, x, left, width, y: plot.top - 40 - lane * LANE_PX };
    });
}
