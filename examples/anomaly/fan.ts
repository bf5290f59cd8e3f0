// Machine monitoring: learn the healthy state only, then tell how strange a window is.
//   npx tsx examples/anomaly/fan.ts path/to/fan-vibration [healthy label]
import { graph, kMeans, motion, nano33ble, on, spectral } from 'impulsekit';
import { readDataset } from 'impulsekit/node';

const [path = 'fan-vibration', healthy = 'opposite'] = process.argv.slice(2);

const fan = await readDataset(path);
const watch = graph({
  input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 50, windowMs: 2000, strideMs: 1000 }),
  dsp: { spectrum: spectral({ fftLength: 16 }) },
  learn: { anomaly: on('spectrum').use(kMeans({ clusters: 16 })) },
});
const model = await watch.fit(
  fan.train.filter((recording) => recording.label === healthy),
  { seed: 1 },
);
const { auc, windows } = await model.evaluate(fan.test);
console.log(`AUC over ${windows} windows: ${auc.toFixed(4)}`);
console.log(model.estimate(nano33ble));
