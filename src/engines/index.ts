import type { EngineName, SimdOption } from '../protocol/plan.js';
import type { Engine } from './engine.js';

/**
 * Starts an engine in this thread. Engines are loaded only where they are used: a thread that needs no TensorFlow.js has none.
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export async function createEngine(name: EngineName, simd: SimdOption): Promise<Engine> {
  switch (name) {
    case 'tensorflow':
    case 'tfjs': {
      const { createTfjsEngine } = await import('./tfjs/index.js');
      return createTfjsEngine(name);
    }
    case 'wasm': {
      const { createWasmEngine } = await import('./wasm/index.js');
      return createWasmEngine(simd);
    }
  }
}
