import { Registry } from '../../registry/registry.js';
import * as builtIn from './index.js';
import type { Metric } from './metric.js';

/** Metrics, by Keras's names. */
export type MetricName = keyof typeof builtIn;

export const metricRegistry = new Registry<'metric', Metric, MetricName>('metric', builtIn);
