import { mergingLayer } from './layers.js';
import { combine, distribute } from './linear.js';
import { defineMerge } from './merge.js';
import { countOf, elementwiseShape } from './shapes.js';

/** The output of one member, unchanged. If the member has logits, the gradient of a cross-entropy is taken at them. */
export const direct = defineMerge({
  name: 'direct',
  summary: 'The output of one member, unchanged.',
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
