import fc from 'fast-check';
import { at } from '../../../../../src/engines/wasm/address.js';
import * as twins from '../../../../reference/kernels/matmul.js';
import { count, few, gap, holdAgainst, linearCases } from './harness.js';

const step = fc.constantFrom(4, 8, 12);
const skip = fc.constantFrom(-4, 0, 0, 8);
const flags = fc.constantFrom(0, 1, 2, 3);

interface Runs {
  readonly outerRuns: number;
  readonly innerRuns: number;
  readonly length: number;
}

/** Where a sum's numbers are, in bytes from its first one. */
function walk({ outerRuns, innerRuns, length }: Runs, step: number, innerSkip: number, outerSkip: number): number[] {
  return Array.from({ length: outerRuns * innerRuns * length }, (_, i) => {
    const run = Math.floor(i / length);
    return i * step + run * innerSkip + Math.floor(run / innerRuns) * outerSkip;
  });
}

holdAgainst(twins, {
  multiply: linearCases(
    fc.record({
      strips: few,
      m: count,
      n: count,
      runs: fc.record({ outerRuns: few, innerRuns: few, length: fc.integer({ min: 0, max: 5 }) }),
      left: fc.record({ aRow: step, aStrip: step, aStep: step, aInnerSkip: skip, aOuterSkip: skip }),
      right: fc.record({ bStep: fc.constantFrom(32, 68), bInnerSkip: skip, bOuterSkip: skip }),
      isPacked: fc.boolean(),
      gap,
      hasBias: fc.boolean(),
      flags,
    }),
    (arena, { strips, m, n, runs, left, right, isPacked, gap, hasBias, flags }) => {
      const aPlaces = walk(runs, left.aStep, left.aInnerSkip, left.aOuterSkip);
      const bPlaces = walk(runs, right.bStep, right.bInnerSkip, right.bOuterSkip);
      const [aFirst, bFirst] = [Math.min(0, ...aPlaces), Math.min(0, ...bPlaces)];
      const [aLast, bLast] = [Math.max(0, ...aPlaces), Math.max(0, ...bPlaces)];
      const aBytes = aLast - aFirst + strips * left.aStrip + m * left.aRow;
      const bPanel = isPacked ? bLast - bFirst + 32 : 32;
      const bBytes = bLast - bFirst + Math.ceil(n / 8) * bPanel;
      const cRow = (n + gap) * 4;
      const cStrip = m * cRow + gap * 4;
      return {
        strips,
        m,
        n,
        ...runs,
        ...left,
        ...right,
        a: at(arena.floats(aBytes / 4), -aFirst),
        b: at(arena.floats(bBytes / 4), -bFirst),
        bPanel,
        c: arena.floats((strips * cStrip) / 4),
        cRow,
        cStrip,
        bias: arena.optionalFloats(hasBias, n),
        flags,
      };
    },
  ),
});
