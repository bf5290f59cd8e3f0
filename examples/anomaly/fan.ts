// Machine monitoring: learn the healthy state only, then tell how strange a window is.
//   npx tsx examples/anomaly/fan.ts path/to/fan-vibration [healthy label]
import { flatten, impulse, kMeans, motion, nano33ble } from 'impulsekit';
import { readDataset } from 'impulsekit/node';

const [path = 'fan-vibration', healthy = 'opposite'] = process.argv.slice(2);

const fan = await readDataset(path);
// How much each axis shakes, on a logarithmic scale: the fan runs at many speeds. Means depend on the mounting.
const watch = impulse({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 50, windowMs: 4000, strideMs: 1000 }),
  dsp: flatten({
    average: false,
    minimum: false,
    maximum: false,
    rms: false,
    skewness: false,
    kurtosis: false,
    log: true,
  }),
  learn: kMeans({ clusters: 16 }),
});
const model = await watch.fit(
  fan.train.filter((recording) => recording.label === healthy),
  { seed: 1 },
);
const { auc, windows } = await model.evaluate(fan.test);
console.log(`AUC over ${windows} windows: ${auc.toFixed(4)}`);
console.log(model.estimate(nano33ble));
