import { describe, expect, it } from 'vitest';
import type { ProcessingBlock } from '../block.js';
import type { Sample } from '../data/index.js';
import { ImpulseError } from '../errors.js';
import { random } from '../random.js';
import { importEdgeImpulse } from './edge-impulse.js';

/** A design as deployment-metadata.json has it, with two learners and a block on some of the axes. */
function motionExport() {
  return {
    version: 1,
    deployCounter: 3,
    classes: ['idle', 'wave'],
    frequency: 50,
    sensor: 'accelerometer',
    impulse: {
      inputBlocks: [
        {
          id: 2,
          type: 'time-series',
          name: 'Time series',
          title: 'Time series data',
          windowSizeMs: 1000,
          windowIncreaseMs: 200,
          frequencyHz: 50,
          padZeros: false,
          primaryVersion: true,
        },
      ],
      dspBlocks: [
        {
          id: 24,
          type: 'spectral-analysis',
          name: 'Spectral features',
          axes: ['accX', 'accY', 'accZ'],
          input: 2,
          implementationVersion: 4,
          metadata: {
            dspConfig: { options: { 'scale-axes': '1', 'fft-length': 32, 'filter-type': 'none', 'do-log': 'true' } },
          },
        },
        {
          id: 25,
          type: 'raw',
          name: 'Raw data',
          axes: ['accZ'],
          input: 2,
          implementationVersion: 1,
          metadata: { dspConfig: { options: { 'scale-axes': 0.5 } } },
        },
      ],
      learnBlocks: [
        { id: 7, type: 'keras', name: 'NN Classifier', dsp: [24, 25], title: 'Neural Network (Keras)' },
        { id: 30, type: 'anomaly', name: 'Anomaly detection', dsp: [24], title: 'Anomaly Detection (K-means)' },
      ],
    },
  };
}

const CONFIGS = {
  learn: {
    7: {
      success: true,
      mode: 'visual',
      trainingCycles: 4,
      learningRate: 0.01,
      batchSize: 8,
      trainTestSplit: 0.3,
      autoClassWeights: true,
      visualLayers: [
        { type: 'dense', neurons: 12 },
        { type: 'dropout', dropoutRate: 0.1, enabled: false },
        { type: 'dense', neurons: 6 },
      ],
    },
    30: { clusterCount: 3, axes: [{ label: 'a', selected: true }, { label: 'b' }, { label: 'c', selected: true }] },
  },
};

const audioExport = {
  success: true,
  impulse: {
    inputBlocks: [
      { id: 1, type: 'time-series', name: 'Audio', windowSizeMs: 1000, windowIncreaseMs: 500, frequencyHz: 16000 },
    ],
    dspBlocks: [{ id: 2, type: 'mfcc', name: 'MFCC', axes: ['audio'], input: 1, implementationVersion: 4 }],
    learnBlocks: [{ id: 3, type: 'keras', name: 'Keywords', dsp: [2] }],
  },
};

const imageExport = {
  inputBlocks: [
    {
      id: 1,
      type: 'image',
      name: 'Image data',
      imageWidth: 12,
      imageHeight: 8,
      resizeMode: 'fit-short',
      cropAnchor: 'top-left',
      resizeMethod: 'lanczos3',
    },
  ],
  dspBlocks: [
    {
      id: 2,
      type: 'image',
      name: 'Image',
      axes: ['image'],
      input: 1,
      implementationVersion: 1,
      config: { channels: 'Grayscale' },
    },
  ],
  learnBlocks: [{ id: 3, type: 'keras', name: 'Classifier', dsp: [2] }],
};

describe('importEdgeImpulse', () => {
  it('takes over input, blocks, routes and settings', () => {
    const impulse = importEdgeImpulse(JSON.stringify(motionExport()), CONFIGS);
    const { input, dsp, learn } = impulse.design;
    expect(input.params).toEqual({ axes: ['accX', 'accY', 'accZ'], rateHz: 50, windowMs: 1000, strideMs: 200 });
    expect(Object.keys(dsp)).toEqual(['spectralFeatures', 'rawData']);
    expect(dsp.spectralFeatures).toMatchObject({ type: 'spectral', params: { fftLength: 32, log: true } });
    expect(learn.nnClassifier!.inputs).toEqual(['spectralFeatures', 'rawData']);
    expect(learn.nnClassifier!.learner.params).toMatchObject({
      epochs: 4,
      learningRate: 0.01,
      batchSize: 8,
      validationSplit: 0.3,
      classWeights: 'balanced',
      layers: [
        { type: 'dense', units: 12 },
        { type: 'dense', units: 6 },
      ],
    });
    expect(learn.anomalyDetection!.learner.params).toEqual({ clusters: 3, axes: [0, 2] });
    expect(impulse.notes).toEqual([expect.stringContaining('padded with zeros')]);
  });

  it('gives a block on some of the axes those alone', () => {
    const impulse = importEdgeImpulse(motionExport(), CONFIGS);
    expect(impulse.design.dsp.rawData!.type).toBe('pipe');
    const stage = (impulse.design.dsp.rawData as ProcessingBlock<'signal'>).bind(impulse.design.input.spec as never);
    const window = Float32Array.from({ length: 150 }, (_, i) => i);
    const out = new Float32Array(50);
    stage.run(window, out);
    expect([...out]).toEqual(Array.from({ length: 50 }, (_, t) => (3 * t + 2) / 2));
  });

  it('trains and quantises', async () => {
    const impulse = importEdgeImpulse(motionExport(), CONFIGS);
    const samples = Array.from({ length: 8 }, (_, i): Sample => {
      const swing = i % 2 ? 3 : 0.2;
      const values = Float32Array.from({ length: 600 }, (_, n) => swing * Math.sin(n / (2 + (n % 3))) + (n % 7) / 50);
      const label = i % 2 ? 'wave' : 'idle';
      return { id: `${label}.${i}`, label, signal: { rateHz: 50, axes: ['accX', 'accY', 'accZ'], values } };
    });
    const model = await impulse.fit(samples);
    expect(model.labels).toEqual(['idle', 'wave']);
    expect(
      impulse.with({ learn: { nnClassifier: { epochs: 2 } } }).design.learn.nnClassifier!.learner.params.epochs,
    ).toBe(2);
  });

  it('takes the answers of the API, with settings beside the design', () => {
    const dsp = {
      2: {
        success: true,
        dsp: { id: 2, name: 'MFCC', type: 'mfcc' },
        config: [
          {
            title: 'MFCC',
            items: [
              { param: 'num-cepstral', value: '12' },
              { param: 'frame_length', value: 0.025 },
            ],
          },
          { title: 'Filters', items: [{ param: 'high-frequency', value: null }] },
        ],
      },
    };
    const learn = {
      3: {
        mode: 'visual',
        trainingCycles: 100,
        learningRate: 0.005,
        visualLayers: [
          { type: 'reshape', columns: 12 },
          { type: 'conv1d', neurons: 8, kernelSize: 3, stack: 2 },
          { type: 'dropout', dropoutRate: 0.25 },
          { type: 'flatten' },
        ],
      },
    };
    const impulse = importEdgeImpulse(audioExport, { dsp, learn });
    expect(impulse.notes).toEqual([]);
    expect(impulse.design.input.type).toBe('audio');
    expect(impulse.design.dsp.mfcc!.params).toMatchObject({ coefficients: 12, frameLengthMs: 25 });
    expect(impulse.design.learn.keywords!.learner.params.layers).toMatchObject([
      { type: 'conv1d', filters: 8, kernel: 3, pool: 1 },
      { type: 'conv1d', filters: 8, kernel: 3, pool: 2 },
      { type: 'dropout', rate: 0.25 },
      { type: 'flatten' },
    ]);
  });

  it('gives as many features as the published example of version 2 says', () => {
    const given = motionExport();
    given.impulse.inputBlocks[0] = { ...given.impulse.inputBlocks[0]!, windowSizeMs: 2000, frequencyHz: 62.5 };
    const [block] = given.impulse.dspBlocks;
    block!.implementationVersion = 2;
    Object.assign(block!.metadata.dspConfig.options, {
      'filter-type': 'low',
      'filter-cutoff': 8,
      'filter-order': 6,
      'fft-length': 64,
      'do-fft-overlap': true,
      'analysis-type': 'FFT',
      'input-decimation-ratio': '1',
      'spectral-power-edges': '0.1, 0.5, 1.0, 2.0, 5.0',
    });
    expect(importEdgeImpulse(given, CONFIGS).specs.dsp.spectralFeatures!.axes[0]!.size).toBe(33);
  });

  it('takes images as packed pixels', () => {
    const impulse = importEdgeImpulse(imageExport);
    expect(impulse.design.input.params).toMatchObject({
      width: 12,
      height: 8,
      packed: true,
      resizeMode: 'fit-short',
      cropAnchor: 'top-left',
    });
    expect(impulse.specs.dsp.image!.axes.map((axis) => axis.size)).toEqual([8, 12, 1]);
    expect(impulse.notes.some((note) => note.includes('bilinear'))).toBe(true);
    expect(impulse.notes.some((note) => note.includes('default'))).toBe(true);
  });

  it('leaves out older versions of blocks and blocks that nothing uses, and says so', () => {
    const design = structuredClone(imageExport) as { dspBlocks: object[] } & typeof imageExport;
    design.dspBlocks.push(
      { ...design.dspBlocks[0]!, id: 9 } as never,
      { ...design.dspBlocks[0]!, id: 10, primaryVersion: false } as never,
    );
    const impulse = importEdgeImpulse(design);
    expect(Object.keys(impulse.design.dsp)).toEqual(['image']);
    expect(impulse.notes.filter((note) => note.includes('left out'))).toHaveLength(2);
  });

  const failure = (change: (design: ReturnType<typeof motionExport>['impulse']) => void): ImpulseError => {
    const given = motionExport();
    change(given.impulse);
    try {
      importEdgeImpulse(given);
    } catch (error) {
      if (error instanceof ImpulseError) return error;
    }
    throw new Error('nothing was refused');
  };

  it('names the block it cannot take over, and what it could', () => {
    const learner = failure((design) => {
      design.learnBlocks[0]!.type = 'keras-object-detection';
    });
    expect(learner.code).toBe('UNSUPPORTED');
    expect(learner.message).toContain('learnBlocks[0] "NN Classifier"');
    expect(learner.message).toContain('one of keras, anomaly');
    const block = failure((design) => {
      design.dspBlocks[1]!.type = 'custom';
    });
    expect(block.code).toBe('UNSUPPORTED');
    expect(block.message).toContain('dspBlocks[1] "Raw data"');
    const parameter = failure((design) => {
      design.dspBlocks[0]!.metadata.dspConfig.options['fft-length'] = 31;
    });
    expect(parameter.code).toBe('BAD_OPTION');
    expect(parameter.where).toContain('dspBlocks[0] "Spectral features"');
  });

  it.each<[string, Parameters<typeof failure>[0]]>([
    ['an input of features', (design) => (design.inputBlocks[0]!.type = 'features')],
    ['a version that does not exist', (design) => (design.dspBlocks[0]!.implementationVersion = 99)],
    [
      'two inputs',
      ({ inputBlocks, dspBlocks }) => {
        inputBlocks.push({ ...inputBlocks[0]!, id: 4 });
        dspBlocks[1]!.input = 4;
      },
    ],
  ])('does not know %s', (_what, change) => {
    expect(failure((design) => void change(design)).code).toBe('UNSUPPORTED');
  });

  it.each<[string, Parameters<typeof failure>[0]]>([
    ['no learner', (design) => (design.learnBlocks = [])],
    ['an input that is not there', (design) => (design.dspBlocks[0]!.input = 77)],
    ['a processing block that is not there', (design) => design.learnBlocks[0]!.dsp.push(1234)],
    ['two blocks of one id', (design) => design.dspBlocks.push({ ...design.dspBlocks[0]!, name: 'Twin' })],
    ['no axes', (design) => (design.dspBlocks[0]!.axes = [])],
    ['no rate', (design) => (design.inputBlocks[0]!.frequencyHz = null as never)],
  ])('refuses a design with %s', (_what, change) => {
    expect(failure((design) => void change(design)).code).toBe('BAD_FILE');
  });

  it.each([undefined, null, 7, '', '{', '[]', [], {}, () => 1, 10n, { impulse: 3 }, { inputBlocks: [] }])(
    'refuses %s',
    (given) => {
      expect(() => importEdgeImpulse(given)).toThrow(expect.objectContaining({ code: 'BAD_FILE' }));
    },
  );

  it('answers anything at all with an impulse or a typed error', () => {
    const { uniform } = random(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(uniform() * list.length)]!;
    const STRANGE = [
      null,
      '',
      'x',
      -1,
      0,
      1e308,
      0.5,
      [],
      {},
      [[]],
      [null],
      true,
      '__proto__',
      { length: -1 },
      'audio',
      24,
      'a'.repeat(999),
    ];
    const exports = [motionExport(), audioExport, imageExport];
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const given = structuredClone({ design: pick(exports), configs: CONFIGS });
      for (let i = 0; i <= round % 3; i++) mutate(given, () => pick(STRANGE), pick);
      try {
        importEdgeImpulse(given.design, given.configs);
      } catch (error) {
        if (!(error instanceof ImpulseError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});

/** Changes one value somewhere below. */
function mutate(root: object, strange: () => unknown, pick: <T>(list: readonly T[]) => T): void {
  let at = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(at);
    if (keys.length === 0) return;
    const key = pick(keys);
    const next = at[key];
    if (typeof next === 'object' && next !== null && pick([true, true, true, true, true, false])) {
      at = next as Record<string, unknown>;
      continue;
    }
    at[key] = strange();
    return;
  }
}
