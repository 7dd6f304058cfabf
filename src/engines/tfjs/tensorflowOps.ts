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

/** What is used of tfjs-node's backend (`NodeJSKernelBackend` of 4.22, in part private there). */
interface NodeBackend {
  readonly binding: {
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
  };
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(metadata: OutputMetadata): tf.Tensor;
}

function nodeBackend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

/** The constants of the addon: types of attributes and of numbers. */
export function constants(): NodeBackend['binding'] {
  return nodeBackend().binding;
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
