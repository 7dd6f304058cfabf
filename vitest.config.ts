import { defineConfig } from 'vitest/config';

// These tests run real worker threads on the built output (`npm run build` first). One file runs at a time, because its threads use all cores.
const threads = { pool: 'forks', fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } as const;
const builtIn = { engines: ['wasm', 'tfjs'] };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/unit/setup.ts'],
          provide: builtIn,
          testTimeout: 30_000, // a busy machine is no failure
        },
      },
      { test: { name: 'threads', include: ['test/threads/**/*.test.ts'], provide: builtIn, ...threads } },
      // The code of docs/extending.md, built and run in a copy of the repository.
      { test: { name: 'extending', include: ['test/extending/**/*.test.ts'], ...threads } },
      // Tests of the report's page in a real browser, on the built output.
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        // The common tests of all engines, on the engine `tensorflow` (`npm run setup:tensorflow` first).
        test: {
          name: 'native',
          include: [
            'test/native/**/*.test.ts',
            'test/threads/{exact,keras}.test.ts',
            'test/unit/engines/kerasLayers.test.ts',
          ],
          provide: { engines: ['tensorflow'] },
          ...threads,
        },
      },
    ],
  },
});
