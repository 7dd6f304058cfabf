import { EnsembleError } from '../errors.js';
import type { MergeConfig, Shape } from '../protocol/plan.js';
import { sameShape, sizeOf } from '../protocol/shape.js';

/**
 * The shape of an elementwise merge: all members must have the same shape.
 * @throws EnsembleError `SHAPE_MISMATCH`
 */
export function elementwiseShape(config: MergeConfig, shapes: readonly Shape[]): Shape {
  const [first = []] = shapes;
  if (!shapes.every((shape) => sameShape(shape, first))) {
    throw mismatch(config, shapes, 'to have outputs of one shape');
  }
  return first;
}

/**
 * The shape of a concatenation: the last dimensions are added, and the others must be equal.
 * @throws EnsembleError `SHAPE_MISMATCH`
 */
export function concatenatedShape(config: MergeConfig, shapes: readonly Shape[]): Shape {
  const before = shapes[0]?.slice(0, -1) ?? [];
  if (!shapes.every((shape) => shape.length > 0 && sameShape(shape.slice(0, -1), before))) {
    throw mismatch(config, shapes, 'to have outputs of one shape up to the last dimension, which is joined');
  }
  return [...before, shapes.reduce((sum, shape) => sum + widthOf(shape), 0)];
}

function mismatch(config: MergeConfig, shapes: readonly Shape[], rule: string): EnsembleError {
  const received = config.members.map((member, i) => `${JSON.stringify(member)} [${(shapes[i] ?? []).join(', ')}]`);
  return new EnsembleError(
    'SHAPE_MISMATCH',
    `Expected the members of ${config.merge}() ${rule}. Received: ${received.join(', ')}`,
  );
}

/** Number of elements in a batch's rows, for an elementwise merge. */
export function countOf({ rows, shapes }: { readonly rows: number; readonly shapes: readonly Shape[] }): number {
  return rows * sizeOf(shapes[0] ?? []);
}

/** The last dimension. */
export function widthOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}
