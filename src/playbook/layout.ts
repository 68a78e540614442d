/** Where the boxes and lines of a graph go. The only file that knows the layout library (its types do not survive `nodenext`). */
import * as dagre from '@dagrejs/dagre';

export interface BoxSize {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly label: { readonly width: number; readonly height: number };
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centres, in the order of the boxes. */
  readonly boxes: readonly Point[];
  /** In the order of the lines; `label` is the centre of the label. */
  readonly lines: readonly { readonly points: readonly Point[]; readonly label: Point }[];
}

/** The few functions used, as documented in the library's README (dagre 3). */
interface LayoutGraph {
  setGraph(options: Record<string, unknown>): void;
  graph(): { width?: number; height?: number };
  setNode(id: string, size: { width: number; height: number }): void;
  node(id: string): Point;
  setEdge(from: string, to: string, label: Record<string, unknown>, name: string): void;
  edge(key: { v: string; w: string; name: string }): { points?: Point[]; x?: number; y?: number };
}
interface Library {
  readonly graphlib: { readonly Graph: new (options: { multigraph: boolean }) => LayoutGraph };
  layout(graph: LayoutGraph): void;
}
const library = dagre as unknown as Library; // its declarations resolve to `any` under nodenext; the shape above is checked by test/playbook/graph.test.ts

/** From top to bottom. The same input always gives the same layout. */
export function layOut(boxes: readonly BoxSize[], lines: readonly Line[]): Layout {
  const graph = new library.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 44, edgesep: 24, ranksep: 46, marginx: 28, marginy: 28 });
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const [index, { from, to, label }] of lines.entries()) graph.setEdge(from, to, { ...label, labelpos: 'c', minlen: 1, weight: 1 }, String(index));
  library.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: boxes.map(({ id }) => ({ x: graph.node(id).x, y: graph.node(id).y })),
    lines: lines.map(({ from, to }, index) => {
      const { points = [], x = 0, y = 0 } = graph.edge({ v: from, w: to, name: String(index) });
      return { points: points.map((point) => ({ x: point.x, y: point.y })), label: { x, y } };
    }),
  };
}
