import type { CurvePoint, ReliabilityBin } from '../score.js';
import { element, escaped, place, short, text } from '../svg.js';

const SIDE = 180;
const LEFT = 34;
const TOP = 22;
const BOTTOM = 34;
const LEGEND = 130;
/** Lines in the legend; a chart of more classes than this draws them all and names the first. */
const MOST_NAMES = 14;
const HUES = [
  '#1f6fb4',
  '#c8551b',
  '#2b8a3e',
  '#b02a37',
  '#7048a8',
  '#8a5a2b',
  '#c2448f',
  '#5c6770',
  '#8f8a00',
  '#0c8599',
];

/** One line of a unit-square chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

interface Titles {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

/** Curves from 0 to 1 on both axes, with a legend; `diagonal` draws the line of chance or of perfect calibration. */
export function lineChart(titles: Titles, lines: readonly Line[], diagonal: boolean): string {
  const paths = lines.map(({ points }, i) => {
    const corners = points.map(([x, y]) => `${place(xOf(x))},${place(yOf(y))}`).join(' ');
    return element('polyline', { points: corners, fill: 'none', stroke: hue(i), 'stroke-width': 1.5 });
  });
  const legend =
    lines.length < 2
      ? []
      : lines.slice(0, MOST_NAMES).flatMap(({ name }, i) => {
          const y = TOP + 6 + 13 * i;
          const mark = element('rect', { x: LEFT + SIDE + 12, y: y - 4, width: 12, height: 3, fill: hue(i) });
          return [mark, text(LEFT + SIDE + 28, y, short(name, 16))];
        });
  return frame(titles, [...(diagonal ? [diagonalLine()] : []), ...paths, ...legend], legend.length > 0 ? LEGEND : 12);
}

/** Accuracy over confidence, a bar per bin that has windows. */
export function reliabilityChart(bins: readonly ReliabilityBin[]): string {
  const bars = bins.flatMap(({ from, to, windows, accuracy, confidence }) => {
    if (windows === 0) return [];
    const name = `confidence ${confidence.toFixed(3)}, accuracy ${accuracy.toFixed(3)}, ${windows} windows`;
    const shape = { x: xOf(from) + 0.5, y: yOf(accuracy), width: SIDE * (to - from) - 1, height: SIDE * accuracy };
    const bar = element(
      'rect',
      { ...shape, fill: HUES[0]!, 'fill-opacity': 0.75 },
      element('title', {}, escaped(name)),
    );
    const mark = element('circle', { cx: xOf(confidence), cy: yOf(accuracy), r: 2.5, fill: HUES[1]! });
    return [bar, mark];
  });
  return frame({ title: 'Reliability', x: 'confidence', y: 'accuracy' }, [...bars, diagonalLine()], 12);
}

function diagonalLine(): string {
  const ends = { x1: xOf(0), y1: yOf(0), x2: xOf(1), y2: yOf(1) };
  return element('line', { ...ends, stroke: '#999', 'stroke-dasharray': '3 3' });
}

function frame({ title, x, y }: Titles, inner: readonly string[], right: number): string {
  const [width, height] = [LEFT + SIDE + right, TOP + SIDE + BOTTOM];
  const border = element('rect', { x: LEFT, y: TOP, width: SIDE, height: SIDE, fill: 'none', stroke: '#777' });
  const ticks = [0, 0.5, 1].flatMap((at) => [
    text(xOf(at), TOP + SIDE + 13, String(at), { 'text-anchor': 'middle' }),
    text(LEFT - 4, yOf(at) + 4, String(at), { 'text-anchor': 'end' }),
  ]);
  const names = [
    text(LEFT, TOP - 8, title, { 'font-weight': 'bold' }),
    text(LEFT + SIDE / 2, TOP + SIDE + 27, x, { 'text-anchor': 'middle' }),
    text(0, 0, y, { 'text-anchor': 'middle', transform: `translate(9 ${TOP + SIDE / 2}) rotate(-90)` }),
  ];
  const about = {
    role: 'img',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    style: 'font:11px system-ui,sans-serif',
  };
  const ground = element('rect', { width, height, fill: '#fff' });
  const label = element('title', {}, escaped(`${title}: ${y} over ${x}`));
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...about },
    [label, ground, border, ...ticks, ...names, ...inner].join(''),
  );
}

function xOf(value: number): number {
  return LEFT + SIDE * value;
}

function yOf(value: number): number {
  return TOP + SIDE * (1 - value);
}

function hue(i: number): string {
  return HUES[i % HUES.length]!;
}
