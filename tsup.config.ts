import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'node/index': 'src/node/index.ts',
    'data/index': 'src/data/index.ts',
    'dsp/index': 'src/dsp/index.ts',
    'learn/index': 'src/learn/index.ts',
    'learn/engine/index': 'src/learn/engine/index.ts',
    'compile/index': 'src/compile/index.ts',
    'tuner/index': 'src/tuner/index.ts',
    'targets/index': 'src/targets/index.ts',
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: true,
});
