import type * as tf from '@tensorflow/tfjs';

export interface PlacedLayer {
  readonly layer: tf.layers.Layer;
  /** Layer names from the model inwards, joined by `/`, for messages. The cells of an RNN have the RNN's path. */
  readonly path: string;
  /**
   * The layer's position, independent of names: indices from the model inwards, joined by `/`. Each index counts the layers of `model.layers`,
   * or the layers inside a wrapper or an RNN in the order of {@link Container}.
   */
  readonly place: string;
}

/** The properties in which models, wrappers and RNNs keep the layers inside them. */
interface Container {
  readonly layers?: readonly tf.layers.Layer[];
  readonly layer?: tf.layers.Layer;
  readonly forwardLayer?: tf.layers.Layer;
  readonly backwardLayer?: tf.layers.Layer;
  readonly cell?: tf.layers.Layer;
  readonly cells?: readonly tf.layers.Layer[];
}

/** Lists every layer of a model once, outer layers first: also nested models, wrappers and RNNs, and the layers inside them. */
export function allLayers(model: tf.LayersModel): PlacedLayer[] {
  const found = new Map<tf.layers.Layer, PlacedLayer>();
  const visit = (outer: object, path: string, place: string): void => {
    const { layers = [], layer: wrapped, forwardLayer, backwardLayer, cell, cells = [] }: Container = outer;
    const named = [...layers, wrapped, forwardLayer, backwardLayer].filter((inner) => inner !== undefined);
    const unnamed = [cell, ...cells].filter((inner) => inner !== undefined);
    for (const [i, layer] of [...named, ...unnamed].entries()) {
      if (found.has(layer)) continue;
      const placed = {
        layer,
        path: i < named.length ? `${path}${layer.name}` : path.slice(0, -1),
        place: `${place}${i}`,
      };
      found.set(layer, placed);
      visit(layer, `${placed.path}/`, `${placed.place}/`);
    }
  };
  visit(model, '', '');
  return [...found.values()];
}
