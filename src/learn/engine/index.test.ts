import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

it('lets a model of TensorFlow.js alone train, by being imported', () => {
  const program = `
    import '${new URL('./index.ts', import.meta.url).href}';
    import * as tf from '@tensorflow/tfjs';
    await tf.setBackend('wasm');
    const model = tf.sequential({ layers: [
      tf.layers.conv1d({ filters: 4, kernelSize: 3, inputShape: [8, 2] }),
      tf.layers.lstm({ units: 3 }),
      tf.layers.dense({ units: 1 }),
    ] });
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const [x, y] = [tf.ones([4, 8, 2]), tf.ones([4, 1])];
    const first = await model.trainOnBatch(x, y);
    for (let i = 0; i < 30; i++) await model.trainOnBatch(x, y);
    console.log(tf.getBackend(), (await model.trainOnBatch(x, y)) < first);
  `;
  const options = { cwd: root, encoding: 'utf8' } as const;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  expect(execFileSync(process.execPath, args, options).trim()).toBe('wasm true');
});
