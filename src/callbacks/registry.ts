import { optionsIn } from '../registry/definition.js';
import { Registry } from '../registry/registry.js';
import type { Named } from '../protocol/plan.js';
import type { Callback, CallbackDefinition, CallbackPlace } from './callback.js';
import * as builtIn from './index.js';

/** Callbacks, by Keras's names. */
export type CallbackName = keyof typeof builtIn;

export const callbackRegistry = new Registry<'callback', CallbackDefinition, CallbackName>('callback', builtIn);

/**
 * Creates the callbacks of one `fit`. Plain data becomes a callback by its definition; objects with hooks are returned as they are.
 * @throws EnsembleError `INVALID_OPTION` for plain data with an unknown name or with wrong options
 */
export function createCallbacks(
  given: readonly (Callback | Named<'callback'>)[],
  place: CallbackPlace = { folder: process.cwd() },
): Callback[] {
  return given.map((callback) => {
    if (!callbackRegistry.isConfig(callback)) return callback;
    const config = callbackRegistry.resolve('callback', callback);
    return callbackRegistry.of(config).create(optionsIn('callback', config), place);
  });
}
