import { FLOAT, NOWHERE, rowOf } from '../address.js';
import type { Op } from '../program.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

export const globalPooling = defineLayer({
  classes: ['GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D'],
  summary: 'The average or the maximum of each channel.',
  compile: compileGlobalPooling,
});

/** GlobalAveragePooling1D and 2D, GlobalMaxPooling1D and 2D. */
function compileGlobalPooling(setup: LayerSetup): CompiledLayer {
  const { node, runtime } = setup;
  const { input, gradient } = onlyInput(setup);
  const options = new Options(node);
  options.expect('data_format', 'channels_last');
  options.expect('keepdims', false);
  const channels = input.shape.at(-1) ?? 1;
  const places = input.size / channels;
  const pixel = channels * FLOAT;
  const output = setup.output([channels]);
  const isMax = node.className.startsWith('GlobalMax');
  const forward: Op = {
    each: 'row',
    run(row) {
      const { kernels } = runtime;
      const x = rowOf(input.address, row, input.size);
      const y = rowOf(output.address, row, channels);
      if (isMax) kernels.maxColumns(places, channels, x, y);
      else {
        kernels.sumColumns(places, channels, x, pixel, y, 1);
        kernels.scale(y, y, channels, 1 / places);
      }
    },
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      if (gradient === NOWHERE) return;
      const { kernels } = runtime;
      const dy = rowOf(output.gradient, row, channels);
      const dx = rowOf(gradient, row, input.size);
      if (isMax) {
        const x = rowOf(input.address, row, input.size);
        kernels.maxColumnsGradient(places, channels, x, rowOf(output.address, row, channels), dy, dx);
      } else {
        kernels.scale(dy, dy, channels, 1 / places);
        kernels.copyStrided(1, places, channels, dy, 0, 0, FLOAT, dx, 0, pixel, FLOAT, 0);
      }
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}
