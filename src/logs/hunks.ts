/** Which lines of a file, as it is after a change, the change touched. Pure. */

export interface Hunk {
  /** Lines of the new file the hunk shows, context included; empty (`to` < `from`) where everything was removed. */
  readonly from: number;
  readonly to: number;
  /** New lines that were added or changed, and the lines on both sides of a removal. */
  readonly touched: ReadonlySet<number>;
  /** What GitHub prints behind the numbers: the function around the hunk, as far as git sees one. */
  readonly section: string;
}
export interface Hunks {
  readonly hunks: readonly Hunk[];
  /** False: the patch is missing, cut off or odd, so there may be more. */
  readonly isWhole: boolean;
}

const HEADER = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.{0,200})/;

/** `keptChars`: how much of a patch its reader keeps; one as long as that may have been cut. */
export function hunksOf(patch: string | undefined, keptChars = Number.POSITIVE_INFINITY): Hunks {
  if (patch === undefined || patch === '') return { hunks: [], isWhole: false };
  const hunks: Hunk[] = [];
  let isWhole = HEADER.test(patch) && patch.length < keptChars;
  let left = { old: 0, fresh: 0 };
  let at = 0;
  let touched = new Set<number>();
  for (const line of patch.split('\n')) {
    const header = left.old + left.fresh <= 0 ? HEADER.exec(line) : null;
    if (header) {
      left = { old: Number(header[1] ?? 1), fresh: Number(header[3] ?? 1) };
      at = Number(header[2]);
      touched = new Set();
      hunks.push({ from: at, to: at + left.fresh - 1, touched, section: header[4] ?? '' });
    } else if (line.startsWith('+')) {
      touched.add(at++);
      left.fresh--;
    } else if (line.startsWith('-')) {
      touched.add(at - 1).add(at);
      left.old--;
    } else if (!line.startsWith('\\') && left.old + left.fresh > 0) {
      at++;
      left.old--;
      left.fresh--;
    }
    if (left.old < 0 || left.fresh < 0) isWhole = false;
  }
  return { hunks, isWhole: isWhole && left.old === 0 && left.fresh === 0 };
}
