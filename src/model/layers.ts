import type * as tf from '@tensorflow/tfjs';

export interface PlacedLayer {
  readonly layer: tf.layers.Layer;
  /** Names from the model inwards, joined by `/`, for messages. An RNN's cells go by the RNN's name. */
  readonly path: string;
  /**
   * Where it stands, whatever it is called: indices from the model inwards, joined by `/`. Each is the place in
   * `model.layers`, or among the layers inside a wrapper or an RNN, in the order of {@link Container}.
   */
  readonly place: string;
}

/** Where classes of layers keep the layers inside them: models, wrappers, RNNs. */
interface Container {
  readonly layers?: readonly tf.layers.Layer[];
  readonly layer?: tf.layers.Layer;
  readonly forwardLayer?: tf.layers.Layer;
  readonly backwardLayer?: tf.layers.Layer;
  readonly cell?: tf.layers.Layer;
  readonly cells?: readonly tf.layers.Layer[];
}

/** Every layer of a model once, outer ones first: nested models and what is in them, wrappers, RNNs and what is inside. */
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
