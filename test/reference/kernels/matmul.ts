import type { Twin } from './twin.js';

const ACCUMULATE = 1;
const RELU = 2;
/** Columns that lie side by side in B. */
const PANEL = 8;

export const multiply: Twin<'multiply'> = (
  memory,
  {
    strips,
    aStrip,
    cStrip,
    m,
    n,
    a,
    aRow,
    aStep,
    aOuterSkip,
    aInnerSkip,
    outerRuns,
    innerRuns,
    length,
    b,
    bPanel,
    bStep,
    bOuterSkip,
    bInnerSkip,
    c,
    cRow,
    bias,
    flags,
  },
) => {
  for (let strip = 0; strip < strips; strip++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = bias === 0 ? 0 : memory.float(bias, j);
        let left = a + strip * aStrip + i * aRow;
        let right = b + Math.floor(j / PANEL) * bPanel;
        for (let outer = 0; outer < outerRuns; outer++) {
          for (let inner = 0; inner < innerRuns; inner++) {
            for (let k = 0; k < length; k++) {
              sum += memory.float(left) * memory.float(right, j % PANEL);
              left += aStep;
              right += bStep;
            }
            left += aInnerSkip;
            right += bInnerSkip;
          }
          left += aOuterSkip;
          right += bOuterSkip;
        }
        const output = c + strip * cStrip + i * cRow;
        if (flags & ACCUMULATE) sum += memory.float(output, j);
        memory.setFloat(output, j, flags & RELU ? Math.max(sum, 0) : sum);
      }
    }
  }
};
