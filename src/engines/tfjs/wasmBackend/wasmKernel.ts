import type * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** The arguments of a kernel of the wasm backend. tfjs's own type is less precise. */
export interface KernelArgs<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: BackendWasm;
}

/** A view of a tensor's numbers. It is valid until the next allocation, because views become empty when the memory grows. */
export function viewOf(tensor: tf.TensorInfo, backend: BackendWasm): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}
