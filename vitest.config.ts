import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
  resolve: {
    alias: [
      { find: /^impulsekit$/, replacement: new URL('./src/index.ts', import.meta.url).pathname },
      { find: /^impulsekit\/(\w+)$/, replacement: new URL('./src/$1/index.ts', import.meta.url).pathname },
    ],
  },
});
