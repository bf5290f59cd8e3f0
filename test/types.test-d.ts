// What must compile and what must not; checked by TypeScript, never run.
import { describe, expectTypeOf, it } from 'vitest';
import {
  audio,
  classifier,
  conv1d,
  cppLibrary,
  dense,
  flatten,
  graph,
  type Impulse,
  image,
  impulse,
  kMeans,
  mfcc,
  mfe,
  motion,
  on,
  type PretrainedImpulse,
  pixels,
  raw,
  spectral,
  type TrainedImpulse,
  tflite,
} from '../src/index.js';

const voice = audio({ rateHz: 16_000 });
const wrist = motion({ axes: ['x', 'y', 'z'], rateHz: 62.5 });
const picture = image({ width: 8, height: 8 });
const keyword = impulse({ input: voice, dsp: mfe(), learn: classifier({ layers: [conv1d(8, 3)] }) });

describe('programs that compile', () => {
  it('a chain', () => {
    expectTypeOf(keyword.fit).returns.resolves.toEqualTypeOf<TrainedImpulse>();
    impulse({ input: picture, dsp: raw(), learn: classifier() });
    impulse({ input: picture, dsp: pixels({ channels: 'Grayscale' }), learn: classifier() });
    impulse({ input: wrist, dsp: flatten({ skewness: false }), learn: kMeans() });
  });
  it('a graph', () => {
    graph({
      input: wrist,
      dsp: { spectrum: spectral({ fftLength: 16 }), stats: flatten() },
      learn: {
        state: on('spectrum', 'stats').use(classifier({ layers: [dense(20)] })),
        anomaly: on('spectrum').use(kMeans({ clusters: 8 })),
      },
    });
  });
});

describe('models that come trained', () => {
  const model = tflite(new Uint8Array(), { labels: ['a', 'b'] });
  it('deploy without a fit', () => {
    const ready = impulse({ input: voice, dsp: mfe(), learn: model });
    expectTypeOf(ready).toEqualTypeOf<PretrainedImpulse>();
    expectTypeOf(ready.deploy).parameter(0).toEqualTypeOf<Parameters<TrainedImpulse['deploy']>[0]>();
    expectTypeOf(ready.fit).returns.resolves.toEqualTypeOf<TrainedImpulse>();
    expectTypeOf(
      graph({ input: wrist, dsp: { stats: flatten() }, learn: { state: on('stats').use(model) } }),
    ).toEqualTypeOf<PretrainedImpulse>();
  });
  it('wait for learners beside them', () => {
    const mixed = graph({
      input: wrist,
      dsp: { stats: flatten() },
      learn: { state: on('stats').use(model), strange: on('stats').use(kMeans()) },
    });
    expectTypeOf(mixed).toEqualTypeOf<Impulse>();
    // @ts-expect-error an image is no signal
    impulse({ input: picture, dsp: mfe(), learn: model });
    // @ts-expect-error no such option
    tflite(new Uint8Array(), { classes: ['a'] });
  });
});

describe('misuse that does not compile', () => {
  it('a signal into an image block', () => {
    // @ts-expect-error a signal is no image
    impulse({ input: voice, dsp: pixels(), learn: classifier() });
  });
  it('an image into an audio block', () => {
    // @ts-expect-error an image is no signal
    impulse({ input: picture, dsp: mfe(), learn: classifier() });
    // @ts-expect-error an image is no signal
    graph({ input: picture, dsp: { sound: mfcc() }, learn: { word: on('sound').use(classifier()) } });
  });
  it('deploy, evaluate or predict before fit', () => {
    // @ts-expect-error only a trained impulse deploys
    keyword.deploy(cppLibrary({ name: 'keyword' }));
    // @ts-expect-error only a trained impulse predicts
    keyword.predict(new Float32Array(16_000));
  });
  it('unknown options', () => {
    // @ts-expect-error no such option
    mfcc({ coefs: 13 });
    // @ts-expect-error no such option
    classifier({ epoch: 3 });
    // @ts-expect-error no such option
    audio({ rate: 16_000 });
    // @ts-expect-error no such choice
    spectral({ filter: 'band' });
    // @ts-expect-error a number, not text
    mfe({ filters: '40' });
  });
  it('a misspelled block name', () => {
    graph({
      input: wrist,
      dsp: { spectrum: spectral() },
      // @ts-expect-error no block of that name
      learn: { state: on('spectum').use(classifier()) },
    });
  });
  it('features of the wrong kind into a learner', () => {
    // @ts-expect-error k-means takes features, not a spectrogram
    impulse({ input: voice, dsp: mfcc(), learn: kMeans() });
    graph({
      input: voice,
      dsp: { sound: mfcc() },
      // @ts-expect-error the same in a graph
      learn: { odd: on('sound').use(kMeans()) },
    });
  });
  it('assigning to a parameter', () => {
    // @ts-expect-error parameters are fixed
    mfe().params.filters = 20;
  });
});
