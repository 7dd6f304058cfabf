import { NotCovered, type LayerNode } from '../network.js';
import * as builtIn from './index.js';
import type { CompiledLayer, LayerCompiler, LayerDefinition, LayerSetup } from './layer.js';

/** Every definition, by name. Node.js sorts the exports of a module, other loaders do not. */
export const layerDefinitions: readonly LayerDefinition[] = Object.entries(builtIn)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, definition]) => definition);

const byClass = new Map(
  layerDefinitions.flatMap((definition) => definition.classes.map((name) => [name, definition] as const)),
);

/** @throws NotCovered for a class that no definition compiles */
export function compilerOf({ className, path }: LayerNode): LayerCompiler {
  const definition = byClass.get(className);
  if (definition === undefined) throw new NotCovered(`layer "${path}" is a ${className}`);
  return definition.compile;
}

/**
 * Compiles a layer and the only layer that uses it as one, where that is faster.
 * @returns null where the two can't be joined; the function gives null where joining them is not faster
 */
export function joinedCompilerOf(
  first: LayerNode,
  second: LayerNode,
): ((setup: LayerSetup) => CompiledLayer | null) | null {
  const joined = byClass.get(first.className)?.joined;
  if (joined?.with !== second.className || joined.of !== first.className) return null;
  return (setup) => joined.compile(setup, second);
}
