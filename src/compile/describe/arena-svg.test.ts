import { describe, expect, it } from 'vitest';
import type { Graph } from '../graph.js';
import { optimize } from '../optimize/optimize.js';
import { plan } from '../plan/plan.js';
import { randomGraph } from '../testing/random-graph.js';
import { arenaSvg } from './arena-svg.js';

/** Tags must nest, and text must hold no markup: enough of XML for what is written here. */
function wellFormed(text: string): boolean {
  const open: string[] = [];
  for (const [, close, name, self] of text.matchAll(/<(\/?)(\w+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (close) {
      if (open.pop() !== name) return false;
    } else if (!self) open.push(name!);
  }
  const rest = text.replace(/<\/?\w+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/g, '');
  return open.length === 0 && !/[<>]|&(?!#\d+;)/.test(rest);
}

describe('arenaSvg', () => {
  it('draws every tensor and working memory of the arena inside of the picture', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const graph = optimize(randomGraph(seed));
      const svg = arenaSvg(graph, { ends: 'arena' });
      expect(wellFormed(svg)).toBe(true);
      const { arenaBytes, offsets, scratchOffsets } = plan(graph, { ends: 'arena' });
      const aliases = graph.ops.filter((op) => op.kind === 'reshape').length;
      const boxes = [
        ...svg.matchAll(/<rect class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g),
      ];
      const drawn = offsets.filter((offset) => offset >= 0).length - aliases;
      expect(boxes).toHaveLength(drawn + scratchOffsets.filter((offset) => offset >= 0).length);
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
      for (const [, x, y, w, h] of boxes.map((box) => box.map(Number))) {
        expect(x! + w!).toBeLessThanOrEqual(width!);
        expect(y! + h!).toBeLessThanOrEqual(height!);
      }
      expect(svg).toContain(`>${String(arenaBytes).replace(/\B(?=(\d{3})+$)/g, ',')} bytes</text>`);
      expect(arenaSvg(graph, { ends: 'arena' })).toBe(svg);
    }
  });

  it('escapes names', () => {
    const graph = optimize(randomGraph(2));
    const name = '</text><script>alert("&\u0000\ud800")</script>';
    const hostile: Graph = {
      ...graph,
      tensors: graph.tensors.map((tensor) => ({ ...tensor, name })),
      ops: graph.ops.map((op) => ({ ...op, name })),
    };
    const svg = arenaSvg(hostile, { ends: 'arena' });
    expect(wellFormed(svg)).toBe(true);
    for (const forbidden of ['<script', '\u0000', '\ud800']) expect(svg).not.toContain(forbidden);
  });
});
