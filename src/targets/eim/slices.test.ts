// Continuous mode: slices, and detections from them.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../program.js';
import { has } from '../../testing/compilers.js';
import { type PostprocessOptions, postprocessor } from '../cpp/postprocess.js';
import { tinyScores, tinyWindow } from '../testing/tiny-program.js';
import { built, floats, numbers, shared, talk } from './testing/client.js';

describe.skipIf(!has('g++'))('slices', () => {
  it.each([
    ['of the stride', undefined, 60],
    ['of a quarter', 4, 30],
  ])(
    'slides over slices %s: zeros until a window is full, then the scores of the latest',
    (_, slicesPerWindow, size) => {
      const { program, path } =
        slicesPerWindow === undefined ? shared() : built({}, ['-O1'], 'g++', { slicesPerWindow });
      const signal = [...numbers(program, 0), ...numbers(program, 1)];
      const slices = Array.from({ length: signal.length / size }, (_, k) => ({
        id: k + 2,
        classify_continuous: signal.slice(k * size, (k + 1) * size),
      }));
      const [hello, ...answers] = talk(path, [{ id: 1, hello: 1 }, ...slices]);
      expect(hello.model_parameters.slice_size).toBe(size);
      expect(answers).toHaveLength(slices.length);
      answers.forEach(({ result }, k) => {
        const end = (k + 1) * size;
        const window = Float32Array.from(signal.slice(end - 120, end));
        expect(floats(result)).toEqual(end < 120 ? [0, 0, 0] : [...tinyScores(program, window).scores[0]!]);
      });
    },
  );

  it('starts a slid window anew where a wrong slice came in between', () => {
    const { program, path } = shared();
    const signal = numbers(program, 2);
    const slice = (id: number, from: number) => ({ id, classify_continuous: signal.slice(from, from + 60) });
    const answers = talk(path, [{ id: 1, hello: 1 }, slice(2, 0), { id: 3, classify_continuous: [1] }, slice(4, 60)]);
    expect(answers[2].success).toBe(false);
    expect(floats(answers[3].result)).toEqual([...tinyScores(program, Float32Array.from(signal)).scores[0]!]);
  });

  describe('with detections', () => {
    const DETECTIONS = { averageResults: 3, threshold: 0.5, suppressResults: 2, labels: ['no', 'maybe'] };
    const slicesOf = (program: Program): number[][] =>
      Array.from({ length: 40 }, (_, k) => [...tinyWindow(program, k, true).subarray(0, 60)].map((v) => v / 50));

    /** 1 for the label that is detected, slice by slice; zeros until a window is full. */
    function expected(program: Program, slices: readonly number[][], options: PostprocessOptions): number[][] {
      const { labels } = program.learn[0]!.block;
      const events = postprocessor(labels, options);
      return slices.map((slice, k) => {
        if (k === 0) return labels.map(() => 0);
        const scores = tinyScores(program, Float32Array.from([...slices[k - 1]!, ...slice])).scores[0]!;
        const { label } = events.push(Object.fromEntries(labels.map((name, i) => [name, scores[i]!])));
        return labels.map((name) => (name === label ? 1 : 0));
      });
    }

    it('give 1 for what is detected, with the settings of now', () => {
      const { program, path } = built({}, ['-O1'], 'g++', { postprocess: DETECTIONS });
      const slices = slicesOf(program);
      const asked = slices.map((classify_continuous, k) => ({ id: k, classify_continuous }));
      const [hello, ...answers] = talk(path, [{ id: 1, hello: 1 }, ...asked]);
      const { has_performance_calibration, thresholds } = hello.model_parameters;
      expect(has_performance_calibration).toBe(true);
      // Slices of 20 samples at 62.5 Hz.
      const told = { detection_threshold: 0.5, average_window_duration_ms: 960, suppression_ms: 640 };
      expect(thresholds).toEqual([{ id: 3, type: 'performance_calibration', ...told, suppression_flags: 0b101 }]);
      const want = expected(program, slices, DETECTIONS);
      expect(answers.map(({ result }) => floats(result))).toEqual(want);
      expect(want.flat()).toContain(1);

      // A whole window is no slice: its scores stay what they are.
      const window = numbers(program, 1);
      const whole = talk(path, [
        { id: 1, hello: 1 },
        { id: 2, classify: window },
      ])[1];
      expect(floats(whole.result)).toEqual([...tinyScores(program, Float32Array.from(window)).scores[0]!]);

      const { type: _, ...same } = thresholds[0];
      const changes = [
        [same, DETECTIONS],
        [
          { average_window_duration_ms: 330, suppression_ms: 0 },
          { ...DETECTIONS, averageResults: 1, suppressResults: 0 },
        ],
        [
          { detection_threshold: 0.25, suppression_flags: 0 },
          { ...DETECTIONS, threshold: 0.25, labels: [] },
        ],
      ] as const;
      for (const [change, options] of changes) {
        const set = { id: 2, set_threshold: { id: 3, ...change } };
        const [, done, ...rest] = talk(path, [{ id: 1, hello: 1 }, set, ...asked]);
        expect(done).toEqual({ id: 2, success: true });
        expect(rest.map(({ result }) => floats(result))).toEqual(expected(program, slices, options));
      }

      const bad = [
        { average_window_duration_ms: -1 },
        { average_window_duration_ms: 1e9 },
        { detection_threshold: 1.5 },
        { suppression_ms: 'x' },
        { suppression_flags: 2 ** 32 },
      ];
      const sets = bad.map((change, i) => ({ id: i + 2, set_threshold: { id: 3, ...change } }));
      for (const { success, error } of talk(path, [{ id: 1, hello: 1 }, ...sets]).slice(1)) {
        expect({ success, error }).toEqual({ success: false, error: expect.stringMatching(/^set_threshold: /) });
      }
    });
  });
});
