import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import { sizeOf } from '../protocol/shape.js';

/**
 * Checks that all numbers, multiplied by `scale`, are class indices: integers from 0 to `classes - 1`.
 * @param end name of the output, for the message
 * @throws EnsembleError `LABEL_OUT_OF_RANGE` naming the first sample that breaks the rule, and its value
 */
export function checkLabels(source: SharedArray, classes: number, end: string): void {
  const { values, scale } = source;
  for (let i = 0; i < values.length; i++) {
    const label = (values[i] ?? 0) * scale;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    const sample = Math.floor(i / sizeOf(source.shape));
    throw new EnsembleError(
      'LABEL_OUT_OF_RANGE',
      `Expected the labels of ${JSON.stringify(end)} to be class indices, integers from 0 to ${classes - 1}. ` +
        `Received: ${label} in sample ${sample}. Number the classes from 0, or give the output a unit for each class.`,
    );
  }
}
