import type { Shape } from '../../../protocol/plan.js';
import { sizeOf } from '../../../protocol/shape.js';
import { onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

/** Flatten and Reshape: other words for the same numbers. */
export function compileReshape(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  return { output: setup.alias(input, shapeOf(setup, input.shape)), train: [], infer: [], backward: [] };
}

function shapeOf({ node }: LayerSetup, input: Shape): Shape {
  const size = sizeOf(input);
  const options = new Options(node);
  options.expect('data_format', 'channels_last');
  if (node.className === 'Flatten') return [size];
  const { target_shape: target } = node.config;
  if (!Array.isArray(target) || !target.every((item) => typeof item === 'number'))
    return options.refuse('target_shape');
  const known = target.reduce((product: number, item: number) => (item < 0 ? product : product * item), 1);
  return target.map((item: number) => (item < 0 ? size / known : item));
}
