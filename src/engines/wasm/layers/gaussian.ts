import { rowOf, type Address } from '../address.js';
import { defineLayer, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';
import { compileNoise, noiseStream } from './noise.js';

export const gaussian = defineLayer({
  classes: ['GaussianDropout', 'GaussianNoise'],
  summary: 'Gaussian noise, added or multiplied.',
  compile: compileGaussian,
});

/** Codes of operations in kernels/elementwise.ts. */
const SUM = 0;
const PRODUCT = 1;

/** GaussianNoise, and GaussianDropout (Srivastava et al. 2014, section 10), which multiplies by normal numbers of mean 1. */
function compileGaussian(setup: LayerSetup): CompiledLayer {
  const { node, layout, runtime, batchSize } = setup;
  const { size } = onlyInput(setup).input;
  const options = new Options(node);
  const isDropout = node.className === 'GaussianDropout';
  const rate = options.number('rate', 0);
  // As in tfjs, a rate of 0 or 1 does nothing.
  if (isDropout && (rate <= 0 || rate >= 1)) return compileNoise(setup, null);
  const mean = isDropout ? 1 : 0;
  const deviation = isDropout ? Math.sqrt(rate / (1 - rate)) : options.number('stddev', 0);
  const stream = noiseStream(setup);
  const noiseSize = Math.ceil(size / 16) * 16;
  const noise = layout.floats(batchSize * noiseSize);
  const forward = (row: number, from: Address, to: Address): void => {
    const numbers = rowOf(noise, row, noiseSize);
    runtime.kernels.normalNoise(numbers, row, size, mean, deviation, ...stream());
    runtime.kernels.combine(isDropout ? PRODUCT : SUM, from, numbers, to, size);
  };
  if (!isDropout) return compileNoise(setup, { forward });
  return compileNoise(setup, {
    forward,
    backward(row, from, to) {
      runtime.kernels.combine(PRODUCT, from, rowOf(noise, row, noiseSize), to, size);
    },
  });
}
