import fc from 'fast-check';
import type { Merge, MergeBatch } from '../../../src/merge/merge.js';
import { mergeRegistry } from '../../../src/merge/registry.js';
import type { MergeConfig, Shape } from '../../../src/protocol/plan.js';
import { sizeOf } from '../../../src/protocol/shape.js';
import { numbers } from '../../reference/numeric.js';

/** One rounding to float32. */
export const FLOAT32_TOLERANCE = 1e-7;
/** tfjs computes in float32 throughout: a few roundings. */
export const TFJS_TOLERANCE = 1e-6;
/** Central differences in float64 leave about 1e-10. */
export const GRADIENT_TOLERANCE = 1e-8;

export const ROWS = 4;

/** Outputs of members, row-major, as plain numbers. */
export type Outputs = readonly (readonly number[])[];

export const outputsOf = (shapes: readonly Shape[], rows = ROWS): number[][] =>
  shapes.map((shape, i) => numbers(rows * sizeOf(shape), i + 1));

export const float32 = (ys: Outputs): Float32Array[] => ys.map((y) => Float32Array.from(y));

/** A batch of a merge without weights of its own. */
export function batchOf(
  config: MergeConfig,
  ys: readonly Float32Array[],
  shapes: readonly Shape[],
  rows = ROWS,
): MergeBatch {
  return { config, ys, shapes, rows, weights: new Float32Array(0), weightGradients: new Float32Array(0) };
}

export function forward(config: MergeConfig, ys: Outputs, shapes: readonly Shape[], rows = ROWS): Float32Array {
  const merge = mergeRegistry.of(config);
  const out = new Float32Array(rows * sizeOf(merge.outputShape(config, shapes))).fill(NaN);
  merge.forward(batchOf(config, float32(ys), shapes, rows), out);
  return out;
}

/** The gradients at the members' outputs. */
export function backward(
  config: MergeConfig,
  ys: Outputs,
  dout: ArrayLike<number>,
  shapes: readonly Shape[],
): Float32Array[] {
  const dys = ys.map((y) => new Float32Array(y.length));
  mergeRegistry.of(config).backward(batchOf(config, float32(ys), shapes), Float32Array.from(dout), dys);
  return dys;
}

/** Options for so many members, of merges that need some. */
const neededOptions: Readonly<Record<string, (members: number) => fc.Arbitrary<object>>> = {
  weightedMean: (members) =>
    fc.record({
      weights: fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: members, maxLength: members }),
    }),
};

/** Plain data of a merge, with any number of members that it takes. */
export function configs({ name, takes }: Merge): fc.Arbitrary<MergeConfig> {
  return fc.integer({ min: 1, max: takes === 'one' ? 1 : 5 }).chain((count) =>
    (neededOptions[name]?.(count) ?? fc.constant({})).map((options) => ({
      merge: name,
      members: Array.from({ length: count }, (_, i) => `m${i}`),
      ...options,
    })),
  );
}
