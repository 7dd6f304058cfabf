import type { SimdOption } from '../protocol/plan.js';
import { engineCatalog } from './catalog.js';
import type { Engine } from './engine.js';

/**
 * Starts an engine in this thread. Only the code of this engine is loaded, so a thread loads TensorFlow.js only if an engine needs it.
 * @param hasCustomLayers whether a user's module may have registered layers
 * @throws EnsembleError `ENGINE_UNAVAILABLE`
 */
export function createEngine(name: string, simd: SimdOption, hasCustomLayers = false): Promise<Engine> {
  return engineCatalog.get(name).load({ simd, hasCustomLayers });
}
