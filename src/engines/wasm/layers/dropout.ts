import { dropoutThreshold } from '../../../random/noise.js';
import { at, rowOf, type Address } from '../address.js';
import { defineLayer, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';
import { compileNoise, noiseStream } from './noise.js';

export const dropout = defineLayer({
  classes: ['AlphaDropout', 'Dropout', 'SpatialDropout1D'],
  summary: 'Dropout of numbers or of whole channels.',
  compile: compileDropout,
});

/** The value that AlphaDropout gives dropped numbers: the limit of SELU at −∞. */
const ALPHA = -1.6732632423543772 * 1.0507009873554805;

/**
 * Dropout and SpatialDropout1D, y = x · mask / (1 − rate), and AlphaDropout (Klambauer et al., "Self-Normalizing Neural Networks", 2017),
 * which keeps mean and variance. The masks are those of src/random/noise.ts.
 */
function compileDropout(setup: LayerSetup): CompiledLayer {
  const { layout, runtime, batchSize, node } = setup;
  const { input } = onlyInput(setup);
  const options = new Options(node);
  options.expect('noise_shape');
  const rate = options.number('rate', 0);
  // As in tfjs, a rate of 0 or 1 does nothing.
  if (rate <= 0 || rate >= 1) return compileNoise(setup, null);
  // SpatialDropout1D drops whole channels: all steps of a sample have the same mask.
  const size = node.className === 'SpatialDropout1D' ? (input.shape.at(-1) ?? 1) : input.size;
  const steps = input.size / size;
  const maskRow = Math.ceil(size / 64) * 64;
  const mask = layout.bytes(batchSize * maskRow);
  const threshold = dropoutThreshold(rate);
  const stream = noiseStream(setup);
  const isAlpha = node.className === 'AlphaDropout';
  const kept = isAlpha ? ((1 - rate) * (1 + rate * ALPHA ** 2)) ** -0.5 : 1 / (1 - rate);
  const shift = -kept * ALPHA * rate;

  const maskOf = (row: number): Address => at(mask, row * maskRow);
  const apply = (row: number, from: Address, to: Address): void => {
    const bits = maskOf(row);
    for (let step = 0; step < steps; step++) {
      runtime.kernels.applyMask(rowOf(from, step, size), bits, rowOf(to, step, size), size, kept);
    }
  };
  return compileNoise(setup, {
    ...(isAlpha ? {} : { factor: kept }),
    forward(row, from, to) {
      const bits = maskOf(row);
      runtime.kernels.dropoutMask(bits, maskRow, row, 1, size, threshold, ...stream());
      if (isAlpha) runtime.kernels.replaceMasked(from, bits, to, size, kept, shift, kept * ALPHA + shift);
      else apply(row, from, to);
    },
    backward: apply,
  });
}
