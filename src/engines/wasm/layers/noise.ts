import { deriveKey, type Key } from '../../../random/philox.js';
import { FLOAT, rowOf, type Op } from '../program.js';
import { onlyInput, type CompiledLayer, type LayerSetup } from './layer.js';

/** What a layer does to one sample in training: from an address to another. */
export interface Noise {
  /**
   * Of noise that makes numbers 0 or multiplies them by this positive factor, so that it may be done in place where the input is
   * {@link Loose}.
   */
  readonly factor?: number;
  forward(row: number, from: number, to: number): void;
  /** Missing where gradients pass unchanged. */
  backward?(row: number, from: number, to: number): void;
}

/**
 * A layer that does nothing in inference.
 * @param noise null: nor in training
 */
export function compileNoise(setup: LayerSetup, noise: Noise | null): CompiledLayer {
  const { runtime } = setup;
  const { input, gradient } = onlyInput(setup);
  if (noise === null) return { output: setup.alias(input, input.shape), train: [], infer: [], backward: [] };
  const { factor } = noise;
  const loose = factor === undefined ? null : setup.loose;
  const relu = loose?.relu ?? null;
  if (relu !== null && factor !== undefined) relu.alpha = factor;
  const output = loose !== null ? setup.alias(input, input.shape) : setup.output(input.shape);
  const { size } = input;
  const bytes = size * FLOAT;
  const copy = (from: number, to: number): void => {
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
      if (gradient === 0) return;
      const [dy, dx] = [rowOf(output.gradient, row, size), rowOf(gradient, row, size)];
      if (noise.backward === undefined) copy(dy, dx);
      else noise.backward(row, dy, dx);
    },
  };
  return { output, train: [train], infer: loose !== null ? [] : [infer], backward: relu === null ? [backward] : [] };
}

/**
 * Where a layer's random numbers come from in the current step: two words of its key and two of the member's iteration, the last
 * arguments of kernels that draw. The same as in src/engines/tfjs/noise.ts.
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
