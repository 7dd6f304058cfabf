/**
 * A merge of a user's: the first member's output less all others'. Imported by the test and by each worker (as the ensemble's `setup`).
 */
import { mergingLayer } from '../../dist/merge/layers.js';
import { combine, distribute } from '../../dist/merge/linear.js';
import { defineMerge } from '../../dist/merge/merge.js';
import { mergeRegistry } from '../../dist/merge/registry.js';
import { countOf, elementwiseShape } from '../../dist/merge/shapes.js';

const signs = (members) => members.map((_, i) => (i === 0 ? 1 : -1));

export const difference = defineMerge({
  name: 'difference',
  summary: "The first member's output less all others'.",
  options: {},
  takes: 'several',
  outputShape: elementwiseShape,
  forward(batch, out) {
    combine(batch.ys, signs(batch.ys), 1, out, countOf(batch));
  },
  backward(batch, dout, dys) {
    distribute(dout, signs(dys), 1, dys, countOf(batch));
  },
  layer(_config, layers, name, ys) {
    const signed = ys.map((y, i) =>
      i === 0 ? y : layers.rescaling({ scale: -1, name: `${name}/less/${i}` }).apply(y),
    );
    return mergingLayer(layers, name, signed, () => layers.add({ name }));
  },
});
mergeRegistry.add(difference);
