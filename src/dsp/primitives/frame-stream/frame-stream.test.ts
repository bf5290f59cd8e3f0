import { describe, expect, it } from 'vitest';
import { type FrameBlock, frameStream } from './frame-stream.js';

/** Rows of a frame: the sample before it, which for the first frame is the window's last one, its first and its last. */
function toy(samples: number, frameSamples: number, strideSamples: number): FrameBlock {
  return {
    samples,
    rateHz: 1,
    frameSamples,
    strideSamples,
    frames: Math.floor((samples - frameSamples) / strideSamples) + 1,
    columns: 3,
    count: frameSamples,
    row: (window, start, out, at) => {
      const before = window[start > 0 ? start - 1 : window.length - 1]!;
      out.set([before, window[start]!, window[start + frameSamples - 1]!], at);
    },
  };
}

const header = { path: 'toy.h', text: '', includes: [] };

function streamOf(block: FrameBlock, strideSamples: number, back: 0 | 1 = 1) {
  return frameStream({
    block,
    back,
    circular: back > 0,
    bytes: false,
    strideSamples,
    last: () => ({ finish: () => {} }),
    work: { row: { flop: 10 }, finish: { flop: 1 } },
    cpp: { header, type: 'Toy', codeBytes: {} },
  });
}

describe('frameStream', () => {
  it.each([
    [12, 3, 2, 4],
    [12, 3, 2, 2],
    [13, 3, 2, 4],
    [20, 5, 1, 1],
    [20, 2, 5, 5],
    [21, 2, 5, 10],
    [40, 2, 3, 33],
  ])(
    'window %i, frame %i, stride %i, slice %i: rows as if the window were cut anew',
    (samples, frame, stride, slice) => {
      const block = toy(samples, frame, stride);
      const stream = streamOf(block, slice)!.open();
      const signal = Float32Array.from({ length: samples + 10 * slice }, (_, t) => t + 1);
      const out = new Float32Array(block.frames * 3);
      for (let end = slice; end <= signal.length; end += slice) {
        const full = stream.push(signal.slice(end - slice, end), out);
        expect(full).toBe(end >= samples);
        if (!full) continue;
        const start = end - samples;
        const expected = Array.from({ length: block.frames }, (_, k) => {
          const first = start + k * stride;
          return [k === 0 ? end : first, first + 1, first + frame];
        });
        expect([...out]).toEqual(expected.flat());
      }
    },
  );

  it('is none where frames do not coincide or nothing is saved', () => {
    const block = toy(20, 4, 2);
    expect(streamOf(block, 3)).toBeUndefined();
    expect(streamOf(block, 20)).toBeUndefined();
    expect(streamOf(block, 18)).toBeUndefined();
    expect(streamOf(block, 16)).toBeDefined();
  });

  it('counts new frames, and the first where it looks around the corner', () => {
    const block = toy(100, 4, 2);
    expect(streamOf(block, 10)!.work.flop).toBe(10 * 6 + 1);
    expect(streamOf(block, 10, 0)!.work.flop).toBe(10 * 5 + 1);
  });

  it('keeps rows of frames that stay, the samples that the next frame needs, and first frames to come', () => {
    const { stateBytes } = streamOf(toy(100, 4, 2), 10)!.cpp;
    const rows = (49 - 5) * 3 * 4;
    const samples = 1 + (100 - 2 * 49) + 9 * 4;
    expect(stateBytes('float')).toBe(4 + rows + 4 * samples);
    expect(stateBytes('int16_t')).toBe(4 + rows + 4 * Math.ceil(samples / 2));
  });
});
