import { sizeOf } from '../../../protocol/shape.js';
import { NOWHERE, rowOf, type Address } from '../address.js';
import type { Op } from '../program.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

export const layerNorm = defineLayer({
  classes: ['LayerNormalization'],
  summary: 'Layer normalisation over the last axes.',
  compile: compileLayerNorm,
});

/** LayerNormalization over the last axis or the last axes. The formulas are in kernels/layerNorm.ts. */
function compileLayerNorm(setup: LayerSetup): CompiledLayer {
  const { layout, runtime, batchSize } = setup;
  const { input, gradient } = onlyInput(setup);
  const options = new Options(setup.node);
  const { size } = input;
  const width = sizeOf(input.shape.slice(-countAxes(options, setup)));
  const groups = size / width;
  const epsilon = options.number('epsilon', 1e-3);
  const gamma = options.boolean('scale', true) ? setup.weight('gamma') : null;
  const beta = options.boolean('center', true) ? setup.weight('beta') : null;
  const output = setup.output(input.shape);
  const moments = layout.floats(batchSize * groups * 2);
  const momentsOf = (row: number): Address => rowOf(moments, row, groups * 2);

  const forward: Op = {
    each: 'row',
    run(row) {
      // prettier-ignore
      runtime.kernels.layerNorm(
        groups, width, rowOf(input.address, row, size), gamma?.address ?? NOWHERE, beta?.address ?? NOWHERE, epsilon,
        momentsOf(row), rowOf(output.address, row, size),
      );
    },
  };
  const backward: Op = {
    each: 'row',
    run(row, shard) {
      const dGamma = gamma?.gradient(shard.index) ?? NOWHERE;
      const dBeta = beta?.gradient(shard.index) ?? NOWHERE;
      const dx = gradient === NOWHERE ? NOWHERE : rowOf(gradient, row, size);
      // prettier-ignore
      runtime.kernels.layerNormGradient(
        groups, width, rowOf(input.address, row, size), gamma?.address ?? NOWHERE, momentsOf(row),
        rowOf(output.gradient, row, size), dGamma, dBeta, dx, row === shard.first ? 1 : 0,
      );
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}

/** Number of the last axes that are normalised over. Axis 0 is that of the batch; negative axes count from the end. */
function countAxes(options: Options, { node, inputs: [input] }: LayerSetup): number {
  const rank = (input?.shape.length ?? 0) + 1;
  const value = node.config['axis'] ?? -1;
  const axes = (Array.isArray(value) ? value : [value]).map((axis: number) => (axis < 0 ? axis + rank : axis));
  // The axes must be in order, as those of the weights are.
  const isLast = axes.length > 0 && axes.length < rank && axes.every((axis, i) => axis === rank - axes.length + i);
  return isLast ? axes.length : options.refuse('axis');
}
