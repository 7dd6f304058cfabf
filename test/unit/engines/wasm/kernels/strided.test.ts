import fc from 'fast-check';
import * as twins from '../../../../reference/kernels/strided.js';
import { count, flag, gap, holdAgainst, linearCases } from './harness.js';

type Three = readonly [number, number, number];

/** Bytes between neighbours along each dimension, where the dimensions lie in this order in memory, and the numbers in all. */
function layOut(counts: Three, order: Three, gap: number): { steps: Three; size: number } {
  const steps: [number, number, number] = [0, 0, 0];
  let size = 1;
  for (const dimension of order.toReversed()) {
    steps[dimension] = size * 4;
    size = size * (counts[dimension] ?? 1) + gap;
  }
  return { steps, size };
}

const order = fc.constantFrom<Three>([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]);
/** A dimension along which the source repeats its numbers, or none. */
const repeated = fc.constantFrom(null, null, 0, 1, 2);
const outer = fc.constantFrom(0, 1, 2, 3);

holdAgainst(twins, {
  copyStrided: linearCases(
    fc.record({ n0: outer, n1: count, n2: count, fromOrder: order, toOrder: order, gap, repeated, accumulate: flag }),
    (arena, { n0, n1, n2, fromOrder, toOrder, gap, repeated, accumulate }) => {
      const from = layOut([n0, n1, n2], fromOrder, gap);
      const to = layOut([n0, n1, n2], toOrder, gap);
      const [f0, f1, f2] = from.steps.map((step, i) => (i === repeated ? 0 : step)) as [number, number, number];
      const [t0, t1, t2] = to.steps;
      return {
        n0,
        n1,
        n2,
        from: arena.floats(from.size),
        f0,
        f1,
        f2,
        to: arena.floats(to.size),
        t0,
        t1,
        t2,
        accumulate,
      };
    },
  ),
});
