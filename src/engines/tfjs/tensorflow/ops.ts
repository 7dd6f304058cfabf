import * as tf from '@tensorflow/tfjs';

/** An attribute of an op of TensorFlow. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** An output of an op. */
interface OutputMetadata {
  readonly id: number;
  readonly shape: number[];
  dtype: number;
}

/** tfjs-node's addon: TensorFlow's eager ops. A tensor is identified by a number. */
export interface Binding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): OutputMetadata[];
  /** The array must not change while the tensor exists, because TensorFlow reads an aligned array in place. */
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  /** Returns a copy of the numbers. */
  tensorDataSync(id: number): TensorValues;
}

/** A tensor's numbers, as the addon takes and returns them. Strings are lists of bytes. */
export type TensorValues = Float32Array | Int32Array | Uint8Array | readonly Uint8Array[];

/** The part of tfjs-node's backend that is used here (`NodeJSKernelBackend` of 4.22, where some of it is private). */
interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(metadata: OutputMetadata): tf.Tensor;
}

function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** The addon. It also has the constants for types of attributes and numbers. */
export function binding(): Binding {
  return nodeBackend().binding;
}

/** Makes tfjs-node's backend use another addon while `work` runs. */
export function withBinding(other: Binding, work: () => void): void {
  const backend = nodeBackend();
  const usual = backend.binding;
  backend.binding = other;
  try {
    work();
  } finally {
    backend.binding = usual;
  }
}

/** Runs an op of TensorFlow for which tfjs has no kernel. */
export function executeOp(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly tf.Tensor[],
  outputs = 1,
): tf.Tensor[] {
  const backend = nodeBackend();
  const made = backend.binding.executeOp(name, attributes, backend.getInputTensorIds(inputs), outputs);
  return made.map((metadata) => {
    // int64 outputs are only inputs of other ops. tfjs-node also calls them int32, but with a warning each time.
    if (metadata.dtype === backend.binding.TF_INT64) metadata.dtype = backend.binding.TF_INT32;
    return backend.createOutputTensor(metadata);
  });
}
