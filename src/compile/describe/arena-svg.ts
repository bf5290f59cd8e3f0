import { checkGraph, definitionOf } from '../check.js';
import type { Graph } from '../graph.js';
import { scratchBytesOf, storagesOf } from '../plan/memory.js';
import { type PlanOptions, plan } from '../plan/plan.js';

/** A piece of the arena while it is in use: columns `first` to `last`, both included. */
interface Box {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
  readonly scratch: boolean;
}

const COLUMN = 60;
const HEIGHT = 360;
const MARGIN = { left: 64, top: 34, right: 24, bottom: 130 } as const;
/** Width of a character of the labels, about. */
const CHARACTER = 5.6;

const STYLE = [
  'text{font:10px system-ui,sans-serif;fill:#222}',
  '.title{font-size:13px;font-weight:600}',
  '.line{stroke:#0002}',
  '.peak{stroke:#c2185b;stroke-dasharray:5 3}',
  '.peak-text{fill:#c2185b;font-weight:600}',
  '.box{fill-opacity:.5;stroke-width:1}',
  '@media(prefers-color-scheme:dark){text{fill:#ddd}.line{stroke:#fff3}.peak{stroke:#ff6fa5}.peak-text{fill:#ff6fa5}}',
].join('');

/**
 * The arena over time as an SVG picture: operators in execution order from left to right, bytes from bottom to top.
 * Every tensor is a box from the operator that writes it to the last one that reads it; where an operator writes over
 * its input, two boxes overlap. Working memory is hatched; the dashed line is the size of the arena. Follows the light
 * or dark scheme of its page. The same graph always gives the same text.
 *
 * @throws what {@link checkGraph} throws
 * @example
 * ```ts
 * await writeFile('arena.svg', arenaSvg(network));
 * ```
 */
export function arenaSvg(graph: Graph, options: PlanOptions = {}): string {
  checkGraph(graph);
  const { arenaBytes } = plan(graph, options);
  const columns = graph.ops.length + 2;
  const width = MARGIN.left + columns * COLUMN + MARGIN.right;
  const height = MARGIN.top + HEIGHT + MARGIN.bottom;
  const x = (column: number): number => MARGIN.left + column * COLUMN;
  const y = (bytes: number): number => tenth(MARGIN.top + HEIGHT * (1 - bytes / Math.max(1, arenaBytes)));
  const names = ['input', ...graph.ops.map((op) => op.name), 'output'];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>Arena of ${whole(arenaBytes)} bytes over ${graph.ops.length} operators</title>`,
    `<style>${STYLE}</style>`,
    '<defs><pattern id="scratch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
    '<path d="M0 0V6" stroke="#888" stroke-width="3"/></pattern></defs>',
    `<text class="title" x="${MARGIN.left}" y="16">Arena over time</text>`,
    ...ticks(arenaBytes).map((bytes) => tick(bytes, y(bytes), width)),
    ...boxesOf(graph, options).map((box, index) => draw(box, index, x, y)),
    `<path class="peak" d="M${MARGIN.left} ${y(arenaBytes)}H${width - MARGIN.right}"/>`,
    `<text class="peak-text" x="${width - MARGIN.right}" y="${y(arenaBytes) - 5}" text-anchor="end">${whole(arenaBytes)} bytes</text>`,
    ...names.map((name, column) => columnName(name, x(column) + COLUMN / 2)),
    '</svg>',
    '',
  ].join('\n');
}

/** Column 0 is where the input is loaded, then one per operator, then one where the output is read. */
function boxesOf(graph: Graph, options: PlanOptions): Box[] {
  const { offsets, scratchOffsets } = plan(graph, options);
  const storages = storagesOf(graph);
  const computed = [graph.input, ...graph.ops.filter((op) => !definitionOf(op).alias).map((op) => op.output)];
  const tensors = computed.flatMap((tensor): Box[] => {
    const { bytes, first, last } = storages.get(tensor)!;
    const from = offsets[tensor]!;
    if (from < 0) return [];
    return [
      { label: graph.tensors[tensor]!.name, from, to: from + bytes, first: first + 1, last: last + 1, scratch: false },
    ];
  });
  const scratch = graph.ops.flatMap((op, step): Box[] => {
    const from = scratchOffsets[step]!;
    if (from < 0) return [];
    const to = from + scratchBytesOf(graph, op);
    return [{ label: `${op.name}: working memory`, from, to, first: step + 1, last: step + 1, scratch: true }];
  });
  return [...tensors, ...scratch];
}

function draw(box: Box, index: number, x: (column: number) => number, y: (bytes: number) => number): string {
  const { label, from, to, first, last, scratch } = box;
  const width = x(last + 1) - x(first) - 2;
  const height = tenth(y(from) - y(to));
  // Steps of the golden angle keep neighbours apart in hue.
  const hue = Math.round((index * 137.508) % 360);
  const paint = scratch
    ? 'fill="url(#scratch)" stroke="#888"'
    : `fill="hsl(${hue} 65% 58%)" stroke="hsl(${hue} 55% 42%)"`;
  // The last column is where the next tensor begins.
  const room = Math.max(COLUMN, width - COLUMN) - 8;
  const text = height >= 11 && !scratch ? shortened(label, Math.floor(room / CHARACTER)) : '';
  return [
    `<g><title>${escaped(label)}: ${whole(from)} to ${whole(to)}, ${whole(to - from)} bytes</title>`,
    `<rect class="box" x="${x(first) + 1}" y="${y(to)}" width="${width}" height="${height}" rx="2" ${paint}/>`,
    text === '' ? '' : `<text x="${x(first) + 4}" y="${tenth(y(to) + 10)}">${escaped(text)}</text>`,
    '</g>',
  ].join('');
}

function tick(bytes: number, at: number, width: number): string {
  const line = `<path class="line" d="M${MARGIN.left} ${at}H${width - MARGIN.right}"/>`;
  return `${line}<text x="${MARGIN.left - 6}" y="${at + 3}" text-anchor="end">${whole(bytes)}</text>`;
}

function columnName(name: string, at: number): string {
  const from = MARGIN.top + HEIGHT + 12;
  return `<text transform="translate(${at} ${from}) rotate(55)">${escaped(shortened(name, 24))}</text>`;
}

/** Four to eight round numbers of bytes from 0 up to the arena's size. */
function ticks(arenaBytes: number): number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, arenaBytes)));
  const step = Math.max(1, [0.2, 0.5, 1].map((part) => part * power).find((s) => arenaBytes / s <= 8) ?? 2 * power);
  return Array.from({ length: Math.floor((0.97 * arenaBytes) / step) + 1 }, (_, i) => i * step);
}

/** The end of a name tells more than its beginning. */
function shortened(text: string, length: number): string {
  if (length < 3) return '';
  return text.length <= length ? text : `…${text.slice(1 - length)}`;
}

/** Text as XML allows it: control characters have no place in it, not even escaped. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, ' ');
  return printable.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const tenth = (value: number): number => Math.round(10 * value) / 10;
/** 12345 -> 12,345, the same in every locale. */
const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
