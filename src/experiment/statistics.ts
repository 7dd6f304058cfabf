import jstat from 'jstat';
import type { Interval } from '../report/data.js';

/**
 * The mean and its 95 % confidence interval: mean ± t(0.975, n − 1) · s / √n, where s is the sample standard deviation and t is the quantile
 * of Student's t distribution (Gosset 1908, "The probable error of a mean"). It assumes a normal distribution; scores over seeds are close to it.
 */
export function interval(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { n, mean, low: null, high: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = jstat.jStat.studentt.inv(0.975, n - 1) * Math.sqrt(variance / n);
  return { n, mean, low: mean - half, high: mean + half };
}

/** {@link interval} of value − reference over the common seeds; null if they have no common seed. */
export function pairedInterval(
  values: ReadonlyMap<number, number>,
  references: ReadonlyMap<number, number>,
): Interval | null {
  const differences = [...values].flatMap(([seed, value]) => {
    const reference = references.get(seed);
    return reference === undefined ? [] : [value - reference];
  });
  return differences.length === 0 ? null : interval(differences);
}
