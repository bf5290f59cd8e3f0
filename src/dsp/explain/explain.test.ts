import { inspect } from 'node:util';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { processingBlock, type View } from '../../block.js';
import { featuresSpec, imageSpec, type Spec, signalSpec, sizeOf, spectrogramSpec } from '../../spec.js';
import { mfe } from '../mfe/mfe.js';
import { pixels } from '../pixels/pixels.js';
import rawHeader from '../raw/raw.h.js';
import { raw } from '../raw/raw.js';
import { codeOf, noise } from '../testing/index.js';
import { chartOf } from './chart.js';
import { explain } from './explain.js';
import { numberText, ticks } from './scale.js';

/** Checks that text is well-formed XML of the plain kind: tags that close, quoted attributes, no stray `<` or `&`. */
function checkXml(source: string): void {
  const open: string[] = [];
  const TOKEN = /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)\s*(\/?)>|([^<]+)/gi;
  let at = 0;
  for (const match of source.matchAll(TOKEN)) {
    expect(match.index, `something else at ${source.slice(at, at + 40)}`).toBe(at);
    at = match.index + match[0].length;
    const [, close, name, , alone, text] = match;
    if (text !== undefined) expect(text).not.toMatch(/&(?!#\d+;)/);
    else if (close) expect(open.pop()).toBe(name);
    else if (!alone) open.push(name!);
  }
  expect(at).toBe(source.length);
  expect(open).toEqual([]);
  expect(source).not.toMatch(/NaN|Infinity|undefined/);
}

const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);

const audio = {
  rateHz: 16_000,
  axes: ['audio'],
  values: Float32Array.from({ length: 16_000 }, (_, t) => Math.round(5000 * Math.sin(t / 9))),
};

const viewOf = (name: string, spec: Spec, values = noise(sizeOf(spec))): View => ({ name, spec, values });

describe('explain', () => {
  const view = explain(mfe(), audio);

  it('gives the steps as data, from the window to the features', () => {
    expect(view.views[0]).toMatchObject({ name: 'window', values: audio.values });
    expect(view.views.at(-1)!.name).toBe('features');
    expect(view.views.at(-1)!.values).toHaveLength(99 * 40);
  });

  it('draws well-formed SVG with axes, units and ticks, the same every time', () => {
    const svg = view.toSvg();
    checkXml(svg);
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    const texts = textsOf(svg);
    expect(texts).toContain('time (s)');
    expect(texts).toContain('frame (s)');
    expect(texts).toContain('window [16000 x 1]');
    expect(texts.filter((text) => /^-?\d/.test(text)).length).toBeGreaterThan(15);
    expect(explain(mfe(), audio).toSvg()).toBe(svg);
  });

  it('gives a page that needs nothing else', () => {
    const html = view.toHtml();
    expect(html.startsWith('<!doctype html>')).toBe(true);
    expect(html).toContain(view.toSvg());
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    checkXml(html.slice(html.indexOf('<svg'), html.indexOf('</body>')).trimEnd());
  });

  it('prints as a table', () => {
    expect(inspect(view)).toMatch(/^mfe: \d+ views/);
    expect(inspect(view)).toContain('16000 time (s) x 1 axis');
  });

  it('shows images, packed or not', () => {
    const values = Array.from({ length: 12 }, (_, i) => i * 1_000_000);
    const image = explain(pixels(), { width: 4, height: 3, values }).toSvg();
    checkXml(image);
    expect(textsOf(image)).toContain('4 x 3 pixels, 0xRRGGBB');
    expect(textsOf(image)).toContain('4 x 3 pixels, red, green, blue');
    const frames = explain(pixels({ channels: 'Grayscale' }), { width: 2, height: 3, values }).toSvg();
    checkXml(frames);
    expect(frames.match(/<image/g)).toHaveLength(4);
  });

  it('draws one line per axis with its name, and bars with names for features', () => {
    const svg = explain(raw(), { rateHz: 50, axes: ['accX', 'accY'], values: noise(40) }).toSvg();
    checkXml(svg);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['accX', 'accY', 'feature']));
    expect(svg.match(/<path[^>]*fill="none"/g)!.length).toBeGreaterThanOrEqual(2);
    expect(svg.match(/<rect/g)!.length).toBeGreaterThan(40);
  });

  it('escapes whatever names hold', () => {
    const hostile = ['</text><script>alert(1)</script>', '"\'&amp;\u0000\ud800', 'x'.repeat(500)];
    const type = '<b title="&">';
    const block = processingBlock({
      type,
      version: 1,
      accepts: ['signal'],
      params: {},
      output: (input: Spec<'signal'>) => featuresSpec(sizeOf(input), hostile),
      prepare: () => (x, out) => out.set(x),
      work: () => ({}),
      views: (input) => (x) => [{ name: hostile[0]!, spec: { ...input, unit: hostile[1]! }, values: x }],
      cpp: { header: rawHeader, type: 'X', traits: () => ({}), scratchBytes: () => 0, codeBytes: {} },
    })();
    const hostileView = explain(block, { rateHz: 1, axes: hostile, values: [1, 2, 3] });
    checkXml(hostileView.toSvg());
    expect(hostileView.toHtml()).not.toContain('<script>');
    expect(hostileView.toHtml()).not.toContain('<b title');
  });

  it('refuses what the block refuses', () => {
    expect(codeOf(() => explain(mfe(), { ...audio, axes: ['a', 'b'] }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => explain(mfe(), { ...audio, values: [] }))).toBe('SHAPE_MISMATCH');
  });
});

describe('charts', () => {
  const mel = spectrogramSpec(20, 4, 0.01);
  const bands = { name: 'band', size: 4, unit: 'Hz', positions: [100, 300, 700, 1500] };

  it('label a heat map by seconds and hertz, with a colour bar', () => {
    const { markup } = chartOf(viewOf('mel', { ...mel, unit: 'dB', axes: [mel.axes[0]!, bands] }));
    expect(textsOf(markup)).toEqual(expect.arrayContaining(['frame (s)', 'band (Hz)', '100', '1500', 'dB']));
    expect(markup.match(/<image/g)).toHaveLength(2);
  });

  it('paint the pixels of a heat map with low bands below', () => {
    const values = new Float32Array(80);
    values[4 * 19] = 1;
    const { markup } = chartOf(viewOf('mel', mel, values));
    const png = Buffer.from(/base64,([^"]*)/.exec(markup)![1]!, 'base64');
    const data = png.subarray(png.indexOf('IDAT') + 4);
    const rows = inflateSync(data.subarray(0, data.indexOf('IEND') - 8));
    // A filter byte and 20 pixels a row: the last pixel of the last row is the first band of the last frame.
    expect(rows.length).toBe(4 * 21);
    expect([...rows].flatMap((v, i) => (v > 0 ? [i] : []))).toEqual([83]);
  });

  it.each<[string, View]>([
    ['one value', viewOf('v', featuresSpec(1))],
    ['a constant', viewOf('v', signalSpec(10, ['x'], 1), new Float32Array(10).fill(3))],
    ['zeros', viewOf('v', signalSpec(10, ['x'], 1), new Float32Array(10))],
    ['no finite value', viewOf('v', signalSpec(3, ['x'], 1), new Float32Array(3).fill(Number.NaN))],
    ['gaps', viewOf('v', signalSpec(5, ['x'], 1), Float32Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY, 3))],
    ['bars with gaps', viewOf('v', featuresSpec(3), Float32Array.of(1, Number.NaN, -2))],
    [
      'huge values',
      viewOf(
        'v',
        signalSpec(5, ['x', 'y'], 1),
        noise(10).map((v) => v * 1e30),
      ),
    ],
    [
      'tiny values',
      viewOf(
        'v',
        featuresSpec(100),
        noise(100).map((v) => v * 1e-30),
      ),
    ],
    [
      'many axes',
      viewOf(
        'v',
        signalSpec(
          10,
          Array.from({ length: 40 }, (_, i) => `a${i}`),
          1,
        ),
      ),
    ],
    ['one frame', viewOf('v', spectrogramSpec(1, 40, 0.1))],
    ['a heat map of one value', viewOf('v', spectrogramSpec(9, 9, 0.1), new Float32Array(81))],
    ['a heat map with gaps', viewOf('v', spectrogramSpec(2, 2, 0.1), Float32Array.of(1, Number.NaN, 2, 3))],
    ['a grey image', viewOf('v', imageSpec({ width: 3, height: 2, channels: 1 }))],
    ['an image of two channels', viewOf('v', imageSpec({ width: 3, height: 2, channels: 2 }))],
    ['three axes', viewOf('v', { kind: 'features', axes: [2, 3, 4].map((size) => ({ name: 'n', size })) })],
  ])('draw %s', (_name, view) => {
    const { markup, height } = chartOf(view);
    checkXml(`<g>${markup}</g>`);
    expect(height).toBeGreaterThan(100);
  });

  it('keep long signals small', () => {
    const { markup } = chartOf(viewOf('v', signalSpec(100_000, ['x'], 16_000)));
    expect(markup.length).toBeLessThan(60_000);
  });

  it('have round ticks', () => {
    const at = (low: number, high: number) => ticks(low, high).map(({ text }) => text);
    expect(at(0, 1)).toEqual(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']);
    expect(at(-3, 4)).toEqual(['-2', '0', '2', '4']);
    expect(at(0, 8000)).toEqual(['0', '2000', '4000', '6000', '8000']);
    expect(at(5, 5)).toEqual(['5']);
    expect(numberText(1234.567)).toBe('1234.6');
    expect(numberText(2.5e7)).toBe('2.5e7');
  });
});
