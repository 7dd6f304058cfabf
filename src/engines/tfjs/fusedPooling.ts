import * as tf from '@tensorflow/tfjs';
import type { PlacedLayer } from '../layers.js';
import { internalsOf, onlyTensor, type LayerInternals } from './layers.js';
import { binding, executeOp, type OpAttribute } from './tensorflowOps.js';

/**
 * Makes max pooling remember in training which numbers were the largest: TensorFlow's gradient of MaxPool looks for them once more, which in a
 * small convolutional network takes longer than any other op of a step.
 */
export function rememberPlaces(layers: readonly PlacedLayer[]): void {
  for (const { layer } of layers) {
    const internals = internalsOf(layer);
    if (layer.getClassName() !== 'MaxPooling2D' || internals.dataFormat !== 'channelsLast') continue;
    const plain = internals.call.bind(internals);
    const attributes = attributesOf(internals);
    internals.call = (inputs, args) =>
      args['training'] === true ? maxPool(onlyTensor(inputs), attributes) : plain(inputs, args);
  }
}

function attributesOf({ poolSize = [2, 2], strides = poolSize, padding = 'valid' }: LayerInternals): OpAttribute[] {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT, TF_INT64 } = binding();
  return [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'Targmax', type: TF_ATTR_TYPE, value: TF_INT64 },
    { name: 'ksize', type: TF_ATTR_INT, value: [1, ...poolSize, 1] },
    { name: 'strides', type: TF_ATTR_INT, value: [1, ...strides, 1] },
    { name: 'padding', type: TF_ATTR_STRING, value: padding.toUpperCase() },
    { name: 'include_batch_in_index', type: TF_ATTR_BOOL, value: true },
  ];
}

function maxPool(input: tf.Tensor, attributes: readonly OpAttribute[]): tf.Tensor {
  const pool = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const [value, places] = executeOp('MaxPoolWithArgmax', attributes, [x], 2) as [tf.Tensor, tf.Tensor];
    save([x, places]);
    return {
      value,
      gradFunc: (dy, saved) => {
        const [savedX, savedPlaces] = saved as [tf.Tensor, tf.Tensor];
        const [gradient] = executeOp('MaxPoolGradWithArgmax', attributes, [savedX, dy, savedPlaces]) as [tf.Tensor];
        return gradient;
      },
    };
  });
  return pool(input);
}
