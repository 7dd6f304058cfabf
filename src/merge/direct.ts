import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** One member's output as it is. A cross-entropy is then differentiated through the member's logits where it has any. */
export const direct = defineMerge({
  name: 'direct',
  summary: "One member's output as it is.",
  options: {},
  takes: 'one',
  passesThrough: true,
  outputShape: elementwiseShape,
  forward(batch, out) {
    combine(batch.ys, null, 1, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    distribute(dout, null, 1, dys, countOf(batch));
  },
  layer: (_config, layers, name, ys) =>
    mergingLayer(layers, name, ys, () => layers.activation({ activation: 'linear', name })),
});
