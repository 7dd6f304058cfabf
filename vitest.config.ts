import { defineConfig } from 'vitest/config';

// Real worker threads on the built output (`npm run build` first), a file at a time: two cores are soon full.
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
      // The report's page in a real browser, on the built output.
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        // What the engines have in common, on the engine `tensorflow`, after `npm run setup:tensorflow`.
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
