import * as tf from '@tensorflow/tfjs';
import { binding, executeOp } from './ops.js';

/** Activations whose gradient is one op of TensorFlow. The op takes the output and dy. */
const ACTIVATIONS = { Relu: 'ReluGrad', Sigmoid: 'SigmoidGrad', Tanh: 'TanhGrad' } as const;

/**
 * Registers gradients of activations that are one op of TensorFlow each. tfjs's own gradients consist of several ops: that of a ReLU has eight ops
 * and an array of ones that is filled in JavaScript.
 */
export function fuseGradients(): void {
  for (const [kernelName, gradientName] of Object.entries(ACTIVATIONS)) {
    tf.unregisterGradient(kernelName);
    tf.registerGradient({
      kernelName,
      outputsToSave: [true],
      gradFunc: (dy, saved) => {
        const [y] = saved as [tf.Tensor];
        return { x: () => activationGradient(gradientName, dy as tf.Tensor, y) };
      },
    });
  }
}

function activationGradient(
  name: (typeof ACTIVATIONS)[keyof typeof ACTIVATIONS],
  dy: tf.Tensor,
  y: tf.Tensor,
): tf.Tensor {
  const { TF_ATTR_TYPE, TF_FLOAT } = binding();
  const inputs = name === 'ReluGrad' ? [dy, y] : [y, dy];
  const [dx] = executeOp(name, [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }], inputs) as [tf.Tensor];
  return dx;
}
