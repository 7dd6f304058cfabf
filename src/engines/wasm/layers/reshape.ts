import type { Shape } from '../../../protocol/plan.js';
import { sizeOf } from '../../../protocol/shape.js';
import { defineLayer, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

export const reshape = defineLayer({
  classes: ['Flatten', 'Reshape'],
  summary: 'The same numbers under another shape.',
  compile: compileReshape,
});

/** Flatten and Reshape: the same numbers under another shape. */
function compileReshape(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  return { output: setup.alias(input, shapeOf(setup, input.shape)), train: [], infer: [], backward: [] };
}

function shapeOf({ node }: LayerSetup, input: Shape): Shape {
  const size = sizeOf(input);
  const options = new Options(node);
  options.expect('data_format', 'channels_last');
  if (node.className === 'Flatten') return [size];
  // tfjs writes a size of -1, which is to be inferred, as null.
  const { target_shape: target } = node.config;
  if (!Array.isArray(target)) return options.refuse('target_shape');
  const sizes = target.map((item: unknown) => (typeof item === 'number' && item >= 0 ? item : null));
  const known = sizes.reduce<number>((product, item) => product * (item ?? 1), 1);
  return sizes.map((item) => item ?? size / known);
}
