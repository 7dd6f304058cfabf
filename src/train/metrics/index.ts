import type { MetricName } from '../../protocol/plan.js';
import { accuracy } from './accuracy.js';
import type { Metric } from './metric.js';

export type { Metric, MetricFunction } from './metric.js';

/** Every metric by its name. */
export const metrics: Readonly<Record<MetricName, Metric>> = { accuracy };
