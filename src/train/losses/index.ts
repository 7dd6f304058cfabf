import type { LossName } from '../../protocol/plan.js';
import { binaryCrossentropy } from './binaryCrossentropy.js';
import { categoricalCrossentropy } from './categoricalCrossentropy.js';
import type { Loss } from './loss.js';
import { meanSquaredError } from './meanSquaredError.js';
import { sparseCategoricalCrossentropy } from './sparseCategoricalCrossentropy.js';

export type { Loss, LossBatch, LossFunction } from './loss.js';

/** Every loss by its name. */
export const losses: Readonly<Record<LossName, Loss>> = {
  meanSquaredError,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
};
