import * as tf from '@tensorflow/tfjs';
import type { PlacedLayer } from '../../../model/layers.js';
import { internalsOf, onlyTensor, type LayerInternals } from '../layers.js';
import { binding, executeOp, type OpAttribute } from './ops.js';

/**
 * Replaces max pooling in training. TensorFlow's gradient of MaxPool searches the largest numbers again, one by one; in a small convolutional
 * network this takes longer than any other op of a step. As in TensorFlow, the gradient goes to the first of several equal maxima.
 */
export function replaceMaxPooling(layers: readonly PlacedLayer[]): void {
  for (const { layer } of layers) {
    const internals = internalsOf(layer);
    if (layer.getClassName() !== 'MaxPooling2D' || internals.dataFormat !== 'channelsLast') continue;
    const plain = internals.call.bind(internals);
    const windows = windowsOf(internals);
    const attributes = attributesOf(windows);
    internals.call = (inputs, args) => {
      if (args['training'] !== true) return plain(inputs, args);
      const x = onlyTensor(inputs) as tf.Tensor4D;
      return areTiles(windows, x) ? maxOfTiles(x, windows.size) : maxWithPlaces(x, attributes);
    };
  }
}

interface Windows {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: string;
}

function windowsOf({ poolSize: size = [2, 2], strides = size, padding = 'valid' }: LayerInternals): Windows {
  return { size, strides, padding };
}

/** Whether the windows cover the input exactly once. (Windows of size 1 don't count, because tfjs has no gradient of `unstack` for one slice.) */
function areTiles({ size, strides }: Windows, { shape: [, height, width] }: tf.Tensor4D): boolean {
  return size.every((n, i) => n > 1 && n === strides[i]) && height % size[0] === 0 && width % size[1] === 0;
}

/**
 * The maximum over tiles: first over columns, then over rows. Each compares whole slices with vector instructions. For [64, 28, 28, 25] this takes
 * 1.5 ms with its gradient. MaxPoolWithArgmax takes 2.5 to 5 ms, because it compares number by number, with a branch for each.
 */
function maxOfTiles(x: tf.Tensor4D, [high, wide]: readonly [number, number]): tf.Tensor {
  const [rows, height, width, channels] = x.shape;
  const [outHeight, outWidth] = [height / high, width / wide];
  const ofColumns = maxOfSlices(x.reshape([rows * height * outWidth, wide, channels]));
  const ofRows = maxOfSlices(ofColumns.reshape([rows * outHeight, high, outWidth * channels]));
  return ofRows.reshape([rows, outHeight, outWidth, channels]);
}

/** The largest numbers along the second axis. */
function maxOfSlices(x: tf.Tensor): tf.Tensor {
  return tf.unstack(x, 1).reduce((a, b) => largerOf(a, b));
}

/** Like `tf.maximum`, with a gradient of four ops instead of six. */
const largerOf = tf.customGrad((...args) => {
  const [a, b, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
  save([a, b]);
  return {
    value: tf.maximum(a, b),
    gradFunc: (dy, saved) => {
      const [savedA, savedB] = saved as [tf.Tensor, tf.Tensor];
      const da = dy.mul(savedA.greaterEqual(savedB).cast('float32'));
      return [da, dy.sub(da)];
    },
  };
});

function attributesOf({ size, strides, padding }: Windows): OpAttribute[] {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT, TF_INT64 } = binding();
  return [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'Targmax', type: TF_ATTR_TYPE, value: TF_INT64 },
    { name: 'ksize', type: TF_ATTR_INT, value: [1, ...size, 1] },
    { name: 'strides', type: TF_ATTR_INT, value: [1, ...strides, 1] },
    { name: 'padding', type: TF_ATTR_STRING, value: padding.toUpperCase() },
    { name: 'include_batch_in_index', type: TF_ATTR_BOOL, value: true },
  ];
}

/** Max pooling with TensorFlow's op that also returns the positions of the largest numbers. */
function maxWithPlaces(input: tf.Tensor, attributes: readonly OpAttribute[]): tf.Tensor {
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
