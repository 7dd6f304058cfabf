import { deriveKey, type Key } from '../../../random/philox.js';
import { FLOAT, NOWHERE, rowOf, type Address } from '../address.js';
import type { Op } from '../program.js';
import { onlyInput, type CompiledLayer, type LayerSetup } from './layer.js';

/** What a noise layer does to one sample in training. */
export interface Noise {
  /**
   * Set if the noise makes each number 0 or multiplies it by this positive factor. Such noise is done in place where the input has
   * {@link InPlaceAllowed}.
   */
  readonly factor?: number;
  forward(row: number, from: Address, to: Address): void;
  /** Missing if gradients pass unchanged. */
  backward?(row: number, from: Address, to: Address): void;
}

/**
 * A layer that does nothing in inference.
 * @param noise null for a layer that does nothing in training either
 */
export function compileNoise(setup: LayerSetup, noise: Noise | null): CompiledLayer {
  const { runtime } = setup;
  const { input, gradient } = onlyInput(setup);
  if (noise === null) return { output: setup.alias(input, input.shape), train: [], infer: [], backward: [] };
  const { factor } = noise;
  const inPlace = factor === undefined ? null : setup.inPlace;
  const relu = inPlace?.relu ?? null;
  if (relu !== null && factor !== undefined) relu.alpha = factor;
  const output = inPlace !== null ? setup.alias(input, input.shape) : setup.output(input.shape);
  const { size } = input;
  const bytes = size * FLOAT;
  const copy = (from: Address, to: Address): void => {
    runtime.kernels.copyPixels(1, 1, bytes, from, bytes, bytes, to, bytes, bytes);
  };
  const train: Op = {
    each: 'row',
    run(row) {
      noise.forward(row, rowOf(input.address, row, size), rowOf(output.address, row, size));
    },
  };
  const infer: Op = {
    each: 'row',
    run(row) {
      copy(rowOf(input.address, row, size), rowOf(output.address, row, size));
    },
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      if (gradient === NOWHERE) return;
      const [dy, dx] = [rowOf(output.gradient, row, size), rowOf(gradient, row, size)];
      if (noise.backward === undefined) copy(dy, dx);
      else noise.backward(row, dy, dx);
    },
  };
  return { output, train: [train], infer: inPlace !== null ? [] : [infer], backward: relu === null ? [backward] : [] };
}

/**
 * The last arguments of kernels that draw random numbers, for the current step: two words of the layer's key and two words of the member's
 * iteration. The same as in src/engines/tfjs/noise.ts.
 */
export function noiseStream({ runtime, member, node }: LayerSetup): () => readonly [...Key, number, number] {
  let seed: number | null = null;
  let place: [...Key, number, number] = [0, 0, 0, 0];
  return () => {
    if (runtime.seed !== seed) {
      seed = runtime.seed;
      place = [...deriveKey(seed, 'noise', member, node.place), 0, 0];
    }
    place[2] = runtime.iteration >>> 0;
    place[3] = Math.floor(runtime.iteration / 0x1_0000_0000);
    return place;
  };
}
