import * as tf from '@tensorflow/tfjs';
import { conv2dBackpropFilter, conv2dBackpropInput, conv2dGradient } from './convolution.js';
import { transposingMatMul, type MatMul } from './matMul.js';
import { maxPoolGrad } from './pooling.js';
import type { KernelArgs } from './wasmKernel.js';

/** The methods of tfjs's JavaScript backend (`MathBackendCPU`) that the bridge uses. */
interface CpuBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo;
  readSync(dataId: object): tf.backend_util.BackendValues;
  disposeData(dataId: object): boolean;
}

/** Kernels on complex numbers, which the wasm backend can't store. */
const COMPLEX: ReadonlySet<string> = new Set(['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real']);

/**
 * Completes the wasm backend, which was made for inference. Gradients of convolutions and dense layers become matrix products. Kernels that
 * the backend lacks run on the JavaScript backend, with copies of the tensors. Call it once in a thread.
 */
export function registerKernels(): void {
  replace('Conv2DBackpropFilter', conv2dBackpropFilter);
  replace('Conv2DBackpropInput', conv2dBackpropInput);
  replace('MaxPoolGrad', maxPoolGrad);
  replace('Identity', identity);
  replace('BatchMatMul', transposingMatMul(tf.getKernel('BatchMatMul', 'wasm').kernelFunc as unknown as MatMul));
  tf.unregisterGradient('Conv2D');
  tf.registerGradient(conv2dGradient);

  const present = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu')) {
    if (!present.has(kernelName) && !COMPLEX.has(kernelName)) replace(kernelName, bridge(kernelFunc));
  }
}

/**
 * Returns the same data, as other backends do. tfjs's own kernel copies it, for each tensor that is kept for the backward pass. Sharing is
 * safe, because data does not change after its creation.
 */
function identity({ inputs: { x }, backend }: KernelArgs<{ x: tf.TensorInfo }, unknown>): tf.TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

/** Registers a kernel in place of tfjs's own. The cast is needed, because tfjs's type of a kernel's arguments is very wide. */
function replace<Inputs, Attrs>(
  kernelName: string,
  kernel: (args: KernelArgs<Inputs, Attrs>) => tf.TensorInfo | tf.TensorInfo[],
): void {
  if (tf.getKernelsForBackend('wasm').some((config) => config.kernelName === kernelName)) {
    tf.unregisterKernel(kernelName, 'wasm');
  }
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernel as unknown as tf.KernelFunc });
}

/** Inputs of a kernel. Most kernels take them by name; Einsum takes a list. */
type BridgeInputs = Readonly<Record<string, tf.TensorInfo | undefined>> | readonly tf.TensorInfo[];

/** Turns a kernel of the JavaScript backend into a kernel of the wasm backend. */
function bridge(
  kernelFunc: tf.KernelFunc,
): (args: KernelArgs<BridgeInputs, tf.NamedAttrMap>) => tf.TensorInfo | tf.TensorInfo[] {
  return ({ inputs, attrs, backend }) => {
    const cpu = tf.findBackend('cpu') as unknown as CpuBackend;
    const owned: tf.TensorInfo[] = [];
    const copy = <T extends tf.TensorInfo | undefined>(input: T): T | tf.TensorInfo => {
      if (input === undefined) return input;
      const values = backend.readSync(input.dataId);
      const copied = cpu.makeTensorInfo(input.shape, input.dtype, values);
      owned.push(copied);
      return copied;
    };
    const toWasm = ({ shape, dtype, dataId }: tf.TensorInfo): tf.TensorInfo =>
      backend.makeOutput(shape, dtype, undefined, cpu.readSync(dataId));
    try {
      const copies: unknown = isList(inputs) ? inputs.map(copy) : mapValues(inputs, copy);
      const outputs = kernelFunc({ inputs: copies as tf.NamedTensorInfoMap, attrs, backend: cpu });
      // An output may share the data of an input. Then each of them holds its own reference, and both are disposed of.
      owned.push(...(Array.isArray(outputs) ? outputs : [outputs]));
      return Array.isArray(outputs) ? outputs.map(toWasm) : toWasm(outputs);
    } finally {
      for (const { dataId } of owned) cpu.disposeData(dataId);
    }
  };
}

function isList(inputs: BridgeInputs): inputs is readonly tf.TensorInfo[] {
  return Array.isArray(inputs);
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
