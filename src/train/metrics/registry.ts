import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Metric } from './metric.js';

/** Metrics, by Keras's names; `accuracy` is the one that fits the output's shape. */
export type MetricName = keyof typeof builtIn;

/** A metric as plain data, with all options: what `metrics.NAME()` returns. */
export type MetricConfig = ReturnType<(typeof builtIn)[MetricName]>;

export const metricRegistry = new Registry<'metric', Metric, MetricName>('metric', builtIn);
