// The two impulses of the demo: words in one second of sound, and motions with an anomaly score.
import { audio, classifier, conv1d, dense, graph, impulse, kMeans, mfe, motion, on, spectral } from 'impulsekit';

export const keyword = (epochs = 30) =>
  impulse({
    input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 }),
    dsp: mfe(),
    learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs }),
  });

export const machine = (epochs = 100) =>
  graph({
    input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 }),
    dsp: { spectrum: spectral({ fftLength: 16 }) },
    learn: {
      state: on('spectrum').use(classifier({ layers: [dense(20), dense(10)], epochs })),
      anomaly: on('spectrum').use(kMeans({ clusters: 32 })),
    },
  });
