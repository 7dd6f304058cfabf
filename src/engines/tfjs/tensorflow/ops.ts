import * as tf from '@tensorflow/tfjs';

/** An attribute of an op of TensorFlow. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** What an op has given. */
interface OutputMetadata {
  readonly id: number;
  readonly shape: number[];
  dtype: number;
}

/** tfjs-node's addon: TensorFlow's eager ops on tensors that go by numbers. */
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
  /** The array must stay as it is while the tensor lives: where it is aligned, TensorFlow reads it in place. */
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  /** A copy. */
  tensorDataSync(id: number): TensorValues;
}

/** A tensor's numbers, as the addon takes and gives them. Strings, as bytes, are no numbers but are passed on too. */
export type TensorValues = Float32Array | Int32Array | Uint8Array | readonly Uint8Array[];

/** What is used of tfjs-node's backend (`NodeJSKernelBackend` of 4.22, in part private there). */
interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(metadata: OutputMetadata): tf.Tensor;
}

function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** The addon; it has the constants for types of attributes and of numbers. */
export function binding(): Binding {
  return nodeBackend().binding;
}

/** Has tfjs-node's backend call another addon for as long as `work` takes. */
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

/** Runs an op of TensorFlow that tfjs has no kernel for. */
export function executeOp(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly tf.Tensor[],
  outputs = 1,
): tf.Tensor[] {
  const backend = nodeBackend();
  const made = backend.binding.executeOp(name, attributes, backend.getInputTensorIds(inputs), outputs);
  return made.map((metadata) => {
    // Only passed on to other ops. tfjs-node calls it int32 too, but with a warning each time.
    if (metadata.dtype === backend.binding.TF_INT64) metadata.dtype = backend.binding.TF_INT32;
    return backend.createOutputTensor(metadata);
  });
}
