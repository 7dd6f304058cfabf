import { FLOAT, NOWHERE, rowOf } from '../address.js';
import type { Op } from '../program.js';
import { defineLayer, both, onlyInput, type CompiledLayer, type LayerSetup } from './layer.js';
import { poolingWindows } from './pooling.js';
import { isTiled } from './windows.js';

export const averagePooling = defineLayer({
  classes: ['AveragePooling1D', 'AveragePooling2D'],
  summary: 'Average pooling.',
  compile: compileAveragePooling,
});

/** AveragePooling1D and AveragePooling2D. */
function compileAveragePooling(setup: LayerSetup): CompiledLayer {
  const { runtime } = setup;
  const { input, gradient } = onlyInput(setup);
  const { y, x, channels, outputShape } = poolingWindows(setup.node, input.shape);
  const output = setup.output(outputShape);
  // prettier-ignore
  const geometry = [
    y.size, x.size, channels, y.count, x.count, y.window, x.window, y.stride, x.stride, y.before, x.before,
  ] as const;
  const accumulate = isTiled(y) && isTiled(x) ? 0 : 1;
  const forward: Op = {
    each: 'row',
    run(row) {
      const to = rowOf(output.address, row, output.size);
      runtime.kernels.averagePool(rowOf(input.address, row, input.size), to, ...geometry);
    },
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      if (gradient === NOWHERE) return;
      const to = rowOf(gradient, row, input.size);
      if (accumulate === 1) runtime.kernels.fillZero(to, input.size * FLOAT);
      runtime.kernels.averagePoolGradient(rowOf(output.gradient, row, output.size), to, ...geometry, accumulate);
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}
