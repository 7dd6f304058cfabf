import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    engines: readonly string[];
  }
}

export type TestedEngine = 'wasm' | 'tfjs' | 'tensorflow';

/** The engines that a project of vitest.config.ts tests. */
export const testedEngines = inject('engines') as readonly TestedEngine[];
