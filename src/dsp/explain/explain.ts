import type { ProcessingBlock, View } from '../../block.js';
import { finiteValues } from '../../finite.js';
import type { Kind } from '../../spec.js';
import { element, escaped, place } from '../../svg.js';
import { type ImageWindow, type SignalWindow, windowOf } from '../features.js';
import { chartOf, WIDTH } from './chart.js';
import { axisTitle, numberText, rangeOf } from './scale.js';

/** What a processing block makes of one window, step by step, as data and as drawings. */
export interface Explanation {
  /** Type of the block. */
  readonly title: string;
  /** The window, what happens to it, and the features. */
  readonly views: readonly View[];
  /** All views as one SVG, with labelled axes; the same bytes everywhere. */
  readonly toSvg: () => string;
  /** The same as a page that stands alone. */
  readonly toHtml: () => string;
}

/**
 * Shows what a block does with one window: raw signal, filtered signal, spectrum, mel image, features.
 *
 * `window -> views`, as data and as charts: lines for signals, bars for features with names, heat maps for
 * spectrograms, images as images; all labelled with their units. Errors: those of `features`. In Node and tslab the object
 * prints as a table; tslab draws it with `display.svg(view.toSvg())` or `display.html(view.toHtml())` from its own
 * module `tslab`: it has no hook by which a value could draw itself.
 *
 * @example
 * ```ts
 * const view = explain(mfe(), { rateHz: 16_000, axes: ['audio'], values });
 * await writeFile('mfe.html', view.toHtml());
 * ```
 */
export function explain(block: ProcessingBlock<'signal'>, sample: SignalWindow): Explanation;
export function explain(block: ProcessingBlock<'image'>, sample: ImageWindow): Explanation;
export function explain(block: ProcessingBlock, sample: SignalWindow | ImageWindow): Explanation {
  const { spec, values } = windowOf(block.type, sample);
  finiteValues(block.type, values);
  const views = (block as ProcessingBlock<Kind>).bind(spec).views(values);
  const title = block.type;
  const explanation = { title, views, toSvg: () => svgOf(title, views), toHtml: () => htmlOf(title, views) };
  return Object.defineProperty(explanation, Symbol.for('nodejs.util.inspect.custom'), {
    value: () => tableOf(title, views),
  });
}

const FONT = 'font:11px system-ui,sans-serif';

function svgOf(title: string, views: readonly View[]): string {
  let top = 0;
  const groups: string[] = [];
  for (const view of views) {
    const { height, markup } = chartOf(view);
    groups.push(element('g', { transform: `translate(0 ${place(top)})` }, markup));
    top += height;
  }
  const size = { width: WIDTH, height: top, viewBox: `0 0 ${WIDTH} ${place(top)}` };
  const ground = element('rect', { width: WIDTH, height: top, fill: '#fff' });
  const name = element('title', {}, escaped(title));
  const about = { xmlns: 'http://www.w3.org/2000/svg', role: 'img', style: FONT };
  return element('svg', { ...about, ...size }, [name, ground, ...groups].join('\n'));
}

function htmlOf(title: string, views: readonly View[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${escaped(title)}</title></head>`,
    `<body style="margin:1em;font:16px system-ui,sans-serif"><h1>${escaped(title)}</h1>`,
    svgOf(title, views),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** For consoles: one line per view. */
function tableOf(title: string, views: readonly View[]): string {
  const lines = views.map(({ name, spec, values }) => {
    const [low, high] = rangeOf(values).map(numberText);
    const axes = spec.axes.map((axis) => `${axis.size} ${axisTitle(axis)}`).join(' x ');
    return `  ${name}: ${axes}; ${low} to ${high}${spec.unit === undefined ? '' : ` ${spec.unit}`}`;
  });
  return [`${title}: ${views.length} views; toSvg() and toHtml() draw them`, ...lines].join('\n');
}
