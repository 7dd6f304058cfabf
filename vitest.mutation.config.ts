import { defineConfig } from 'vitest/config';

/** The unit tests of the rooms that `npm run test:mutation` mutates. */
export default defineConfig({
  test: {
    include: ['test/unit/{merge,train,plan,data,config,registry}/**/*.test.ts', 'test/unit/ensemble.test.ts'],
    setupFiles: ['test/unit/setup.ts'],
    provide: { engines: ['wasm', 'tfjs'] },
  },
});
