import type { EngineName, SimdOption } from '../protocol/plan.js';
import type { Engine } from './engine.js';

/**
 * Starts an engine in this thread. Engines are loaded only where they are used: a thread that needs no TensorFlow.js has none.
 * @param hasCustomLayers whether a module of the user's has registered layers
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export async function createEngine(name: EngineName, simd: SimdOption, hasCustomLayers = false): Promise<Engine> {
  switch (name) {
    case 'tensorflow':
    case 'tfjs': {
      const { createTfjsEngine } = await import('./tfjs/index.js');
      return createTfjsEngine(name, !hasCustomLayers);
    }
    case 'wasm': {
      const { createWasmEngine } = await import('./wasm/index.js');
      return createWasmEngine(simd);
    }
  }
}
