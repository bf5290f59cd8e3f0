// What the main thread and its workers share: a design is code, and each thread imports it.
import { classifier, impulse, motion, spectral } from 'impulsekit';

export const gestures = impulse({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 }),
  dsp: spectral({ fftLength: 16 }),
  learn: classifier({ epochs: 60 }),
});
