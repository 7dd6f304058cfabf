import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { multiply, transpose } from './matMul.js';
import { gatherPatches, scatterPatches, type ConvInfo } from './patches.js';
import { viewOf, type KernelArgs } from './wasmKernel.js';

/** Attributes of a Conv2D and of its gradients. tfjs's own gradients have no dilations. */
interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dilations?: [number, number] | number;
}

type Size4D = [number, number, number, number];

/**
 * Bytes of patches and gradients in one matrix product. 16 images of 28 x 28 x 1 with 25 filters have about this size, and so have 10 images
 * of 14 x 14 x 25. Both were fastest with it. A whole batch of large images would not fit into memory.
 */
const CHUNK_BYTES = 2 * 1024 * 1024;

/** ∂L/∂filter: for each chunk of images, patchesᵀ · dy. */
export function conv2dBackpropFilter({
  inputs: { x, dy },
  attrs,
  backend,
}: KernelArgs<{ x: tf.TensorInfo; dy: tf.TensorInfo }, ConvAttrs & { filterShape: Size4D }>): tf.TensorInfo {
  const info = convInfo(x.shape as Size4D, attrs.filterShape, attrs);
  const { patchSize, places } = sizes(info);
  const gradient = new Float32Array(patchSize * info.outChannels);
  for (const { from, to } of chunks(info)) {
    const columns = backend.makeOutput([patchSize, (to - from) * places], 'float32');
    const part = copyImages(dy, info, from, to, backend); // (places, outChannels)
    gatherPatches(viewOf(x, backend), info, from, to, viewOf(columns, backend));
    const product = multiply(columns, part, backend); // (patchSize, outChannels)
    const sums = viewOf(product, backend);
    for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] ?? 0) + (sums[i] ?? 0);
    for (const { dataId } of [columns, part, product]) backend.disposeData(dataId);
  }
  return backend.makeOutput(attrs.filterShape, 'float32', undefined, gradient);
}

/** ∂L/∂x: for each chunk of images, dy · filterᵀ. Overlapping patches are added. */
export function conv2dBackpropInput({
  inputs: { dy, filter },
  attrs,
  backend,
}: KernelArgs<{ dy: tf.TensorInfo; filter: tf.TensorInfo }, ConvAttrs & { inputShape: Size4D }>): tf.TensorInfo {
  const info = convInfo(attrs.inputShape, filter.shape as Size4D, attrs);
  const { patchSize } = sizes(info);
  const turned = transpose({ ...filter, shape: [patchSize, info.outChannels] }, backend); // (outChannels, patchSize)
  const dx = backend.makeOutput(attrs.inputShape, 'float32');
  viewOf(dx, backend).fill(0);
  for (const { from, to } of chunks(info)) {
    const part = copyImages(dy, info, from, to, backend); // (places, outChannels)
    const patches = multiply(part, turned, backend); // (places, patchSize)
    scatterPatches(viewOf(patches, backend), info, from, to, viewOf(dx, backend));
    for (const { dataId } of [part, patches]) backend.disposeData(dataId);
  }
  backend.disposeData(turned.dataId);
  return dx;
}

/** Like tfjs's own gradient, but with dilations, which tfjs refuses. */
export const conv2dGradient: tf.GradConfig = {
  kernelName: 'Conv2D',
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) => {
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    const run = (name: string, inputs: tf.NamedTensorMap, shape: tf.NamedAttrMap): tf.Tensor =>
      tf.engine().runKernel(name, inputs, { ...attrs, ...shape });
    return {
      x: () => run('Conv2DBackpropInput', { dy: dy as tf.Tensor, filter }, { inputShape: x.shape }),
      filter: () => run('Conv2DBackpropFilter', { x, dy: dy as tf.Tensor }, { filterShape: filter.shape }),
    };
  },
};

function convInfo(inShape: Size4D, filterShape: Size4D, attrs: ConvAttrs): ConvInfo {
  if (attrs.dataFormat !== 'NHWC') {
    throw new Error(`The wasm backend computes gradients of Conv2D for NHWC only. Received: ${attrs.dataFormat}`);
  }
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(inShape, filterShape, strides, dilations, pad, dimRoundingMode);
}

function sizes(info: ConvInfo): { patchSize: number; places: number } {
  return {
    patchSize: info.filterHeight * info.filterWidth * info.inChannels,
    places: info.outHeight * info.outWidth,
  };
}

function chunks(info: ConvInfo): { from: number; to: number }[] {
  const { patchSize, places } = sizes(info);
  const imageBytes = places * (patchSize + info.outChannels) * Float32Array.BYTES_PER_ELEMENT;
  const images = Math.max(1, Math.floor(CHUNK_BYTES / imageBytes));
  return Array.from({ length: Math.ceil(info.batchSize / images) }, (_, i) => ({
    from: i * images,
    to: Math.min((i + 1) * images, info.batchSize),
  }));
}

/** Copies images `from` to `to` of a gradient to a matrix with a row for each output position. */
function copyImages(dy: tf.TensorInfo, info: ConvInfo, from: number, to: number, backend: BackendWasm): tf.TensorInfo {
  const { places } = sizes(info);
  const copy = backend.makeOutput([(to - from) * places, info.outChannels], 'float32');
  const image = places * info.outChannels;
  viewOf(copy, backend).set(viewOf(dy, backend).subarray(from * image, to * image));
  return copy;
}
