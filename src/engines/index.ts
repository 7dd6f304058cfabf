import type { SimdOption } from '../protocol/plan.js';
import { engineCatalog } from './catalog.js';
import type { Engine } from './engine.js';

/**
 * Starts an engine in this thread. Engines are loaded only where they are used: a thread that needs no TensorFlow.js has none.
 * @param hasCustomLayers whether a module of the user's has registered layers
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export function createEngine(name: string, simd: SimdOption, hasCustomLayers = false): Promise<Engine> {
  return engineCatalog.get(name).load({ simd, hasCustomLayers });
}
