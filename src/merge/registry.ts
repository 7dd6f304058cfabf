import type { MergeName } from '../protocol/plan.js';
import { concatenateMerge } from './concatenate.js';
import { directMerge } from './direct.js';
import { maximumMerge } from './maximum.js';
import { meanMerge } from './mean.js';
import type { Merge } from './merge.js';
import { minimumMerge } from './minimum.js';
import { productMerge } from './product.js';
import { sumMerge } from './sum.js';
import { weightedMeanMerge } from './weightedMean.js';

/** Every merge by its name. */
export const merges: Readonly<Record<MergeName, Merge>> = {
  direct: directMerge,
  mean: meanMerge,
  weightedMean: weightedMeanMerge,
  sum: sumMerge,
  product: productMerge,
  maximum: maximumMerge,
  minimum: minimumMerge,
  concatenate: concatenateMerge,
};
