import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Metric } from './metric.js';

/** Metrics, by Keras's names. */
export type MetricName = keyof typeof builtIn;

/** A metric as plain data, with all options: the result of `metrics.NAME()`. */
export type MetricConfig = ReturnType<(typeof builtIn)[MetricName]>;

export const metricRegistry = new Registry<'metric', Metric, MetricName>('metric', builtIn);
