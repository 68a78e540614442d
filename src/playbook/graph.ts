/** A playbook as a picture (SVG). Pure and deterministic: the same playbook and states give the same text. */
import type { Playbook, Step, StepId } from '../core/playbook.ts';
import { type BoxSize, layOut, type Point } from './layout.ts';
import { END } from './structure.ts';

export type StepMark = 'done' | 'active' | 'skipped' | 'failed';

interface Style {
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
  readonly extra: string;
  readonly sign: string;
}
const PLAIN: Style = { fill: '#ffffff', stroke: '#b8bec6', text: '#1d1c1d', extra: '', sign: '' };
// Never by colour alone: done has a tick, active a thick line and bold text, skipped dashes, failed a cross.
const STYLES: Readonly<Record<StepMark, Style>> = {
  done: { fill: '#e6f5ea', stroke: '#2ba36b', text: '#12352a', extra: '', sign: '✓ ' },
  active: { fill: '#e3f2fe', stroke: '#0b6fcc', text: '#0a2f5c', extra: ' stroke-width="3.5" font-weight="700"', sign: '' },
  skipped: { fill: '#f4f4f6', stroke: '#cfd3d8', text: '#868a92', extra: ' stroke-dasharray="6 4"', sign: '' },
  failed: { fill: '#fdecec', stroke: '#c9302c', text: '#6e1512', extra: '', sign: '✗ ' },
};

const FONT = "font-family=\"Inter, 'Noto Sans SC', 'DejaVu Sans', sans-serif\"";
const FONT_SIZE = 15;
const LINE_HEIGHT = 20;
const HEIGHT = 46;
const PADDING = 26;
const LABEL_SIZE = 13.5;
const MOST_LINES = 3;
const CHARS_A_LINE = 34;
const LABEL_CHARS = 40;
const START = ' start';
const FINISH = ' end';

interface Box extends BoxSize {
  readonly shape: 'terminal' | 'step' | 'choice';
  readonly lines: readonly string[];
  readonly style: Style;
}
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** `states` marks steps by id; the others stay plain. */
export function drawGraph(playbook: Playbook, states: Readonly<Partial<Record<StepId, StepMark>>> = {}): string {
  const boxes = boxesOf(playbook, states);
  const arrows = arrowsOf(playbook);
  const layout = layOut(
    boxes,
    arrows.map(({ from, to, text }) => ({ from, to, label: { width: text === '' ? 0 : widthOf(text, LABEL_SIZE) + 14, height: text === '' ? 0 : 20 } })),
  );
  const [width, height] = [round(layout.width), round(layout.height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${FONT} font-size="${FONT_SIZE}" role="img">`,
    `<title>${escapeXml(playbook.title)}</title>`,
    // resvg draws `auto-start-reverse` markers the wrong way round; `auto` is right.
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="#868a98"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...layout.lines.map(({ points }) => `<path d="${curve(points)}" fill="none" stroke="#868a98" stroke-width="1.6" marker-end="url(#arrow)"/>`),
    ...arrows.map((arrow, index) => label(arrow.text, layout.lines[index]?.label)),
    ...boxes.map((box, index) => draw(box, layout.boxes[index])),
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function boxesOf(playbook: Playbook, states: Readonly<Partial<Record<StepId, StepMark>>>): readonly Box[] {
  const started = Object.keys(states).length > 0;
  const steps = playbook.steps.map((step) => {
    const mark = Object.hasOwn(states, step.id) ? states[step.id] : undefined;
    return box(step.id, isChoice(step) ? 'choice' : 'step', { title: step.title, style: mark === undefined ? PLAIN : STYLES[mark] });
  });
  return [
    box(START, 'terminal', { title: playbook.title, style: started ? STYLES.done : PLAIN }),
    ...steps,
    box(FINISH, 'terminal', { title: 'End', style: PLAIN }),
  ];
}

const isChoice = (step: Step): boolean => step.use === 'decide';

function box(id: string, shape: Box['shape'], { title, style }: { title: string; style: Style }): Box {
  const lines = wrap(style.sign + title);
  const widest = Math.max(...lines.map((line) => widthOf(line, FONT_SIZE)));
  const width = Math.max(96, widest * (style === STYLES.active ? 1.08 : 1) + PADDING * 2 + (shape === 'step' ? 0 : 18));
  return { id, shape, lines, style, width: Math.ceil(width), height: HEIGHT + (lines.length - 1) * LINE_HEIGHT };
}

/** Outcomes that lead to the same step share one arrow. */
function arrowsOf(playbook: Playbook): readonly Arrow[] {
  const first = playbook.steps[0];
  const arrows: Arrow[] = first ? [{ from: START, to: first.id, text: '' }] : [];
  const known = new Set(playbook.steps.map(({ id }) => id));
  for (const step of playbook.steps) {
    const byTarget = new Map<string, string[]>();
    for (const [outcome, to] of Object.entries(step.next)) {
      const target = known.has(to) && to !== END ? to : FINISH;
      byTarget.set(target, [...(byTarget.get(target) ?? []), outcome]);
    }
    // A playbook that was not loaded from a file may leave the end unsaid.
    if (Object.keys(step.next).every((outcome) => outcome === 'fail')) byTarget.set(FINISH, [...(byTarget.get(FINISH) ?? []), 'done']);
    for (const [to, outcomes] of byTarget) arrows.push({ from: step.id, to, text: textOf(step, outcomes) });
  }
  return arrows;
}

function choicesOf(step: Step): readonly { readonly id: string; readonly label: string }[] | undefined {
  const { choices } = step.params;
  return Array.isArray(choices) ? (choices as unknown as readonly { id: string; label: string }[]) : undefined; // checked by the kind's schema when the playbook was loaded
}

function textOf(step: Step, outcomes: readonly string[]): string {
  const choices = choicesOf(step);
  const labels = new Map(choices?.map(({ id, label: text }) => [id, text]));
  // Where nothing else can happen no word is needed; beside named outcomes it is "done", beside answers it is the rest of them.
  const isAlone = Object.keys(step.next).every((other) => other === 'done' || other === 'fail');
  if (isAlone && outcomes.includes('done')) return '';
  const word = (outcome: string): string => {
    if (outcome === 'fail') return 'cannot run';
    if (outcome !== 'done') return labels.get(outcome) ?? outcome.replaceAll('-', ' ');
    return choices || isChoice(step) ? 'else' : 'done';
  };
  return cut(
    outcomes
      .map(word)
      .filter((text) => text !== '')
      .join(', '),
    LABEL_CHARS,
  );
}

function draw({ shape, lines, style, width, height }: Box, centre: Point | undefined): string {
  if (!centre) return '';
  const [x, y] = [round(centre.x - width / 2), round(centre.y - height / 2)];
  const thick = style.extra.includes('stroke-width') ? '' : ' stroke-width="1.6"';
  const paint = `fill="${style.fill}" stroke="${style.stroke}"${thick}${style.extra}`;
  const slope = 18;
  const outline =
    shape === 'choice'
      ? `<polygon points="${[
          [x, y + height / 2],
          [x + slope, y],
          [x + width - slope, y],
          [x + width, y + height / 2],
          [x + width - slope, y + height],
          [x + slope, y + height],
        ]
          .map(([px = 0, py = 0]) => `${round(px)},${round(py)}`)
          .join(' ')}" stroke-linejoin="round" ${paint}/>`
      : `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${shape === 'terminal' ? height / 2 : 9}" ${paint}/>`;
  const weight = style.extra.includes('font-weight') ? ' font-weight="700"' : '';
  const top = centre.y - ((lines.length - 1) * LINE_HEIGHT) / 2 + FONT_SIZE * 0.36;
  const texts = lines.map(
    (line, index) =>
      `<text x="${round(centre.x)}" y="${round(top + index * LINE_HEIGHT)}" text-anchor="middle" fill="${style.text}"${weight}>${escapeXml(line)}</text>`,
  );
  return [outline, ...texts].join('\n');
}

function label(text: string, at: Point | undefined): string {
  if (text === '' || !at) return '';
  const width = widthOf(text, LABEL_SIZE) + 10;
  return [
    `<rect x="${round(at.x - width / 2)}" y="${round(at.y - 10)}" width="${round(width)}" height="20" rx="4" fill="#ffffff"/>`,
    `<text x="${round(at.x)}" y="${round(at.y + LABEL_SIZE * 0.36)}" text-anchor="middle" font-size="${LABEL_SIZE}" fill="#5c6068">${escapeXml(text)}</text>`,
  ].join('\n');
}

/** A soft line through the points: straight out and in, rounded where it bends. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return '';
  const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
  const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  let path = `M${at(first)}`;
  for (const [index, point] of rest.entries()) path += `Q${at(point)} ${at(index === rest.length - 1 ? last : middle(point, rest[index + 1] ?? last))}`;
  return rest.length === 0 ? `${path}L${at(last)}` : path;
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < CHARS_A_LINE) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(cut(word, CHARS_A_LINE));
  }
  const shownLines = lines.slice(0, MOST_LINES);
  if (lines.length > MOST_LINES) shownLines[MOST_LINES - 1] = `${shownLines[MOST_LINES - 1]} …`;
  return shownLines.length === 0 ? ['?'] : shownLines;
}

const cut = (text: string, most: number): string => ([...text].length > most ? `${[...text].slice(0, most - 1).join('')}…` : text);

/** Generous: the widest font that may be used decides. Chinese signs are as wide as high. */
function widthOf(text: string, size: number): number {
  let units = 0;
  for (const sign of text)
    units +=
      /[\u1100-\u{1faff}]/u.test(sign) && (sign.codePointAt(0) ?? 0) > 0x2e7f
        ? 1
        : /[iljtfrI.,:;'|!()\s]/.test(sign)
          ? 0.36
          : /[mwMW%@]/.test(sign)
            ? 0.95
            : /[A-Z0-9]/.test(sign)
              ? 0.68
              : 0.59;
  return units * size;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Characters XML 1.0 does not allow are dropped; the rest cannot leave the text they are in. */
const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
