import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelArgs } from './wasmKernel.js';

interface MatMulInputs {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export type MatMul = (args: KernelArgs<MatMulInputs, MatMulAttrs>) => tf.TensorInfo;

/**
 * Makes a matrix product that transposes its operands first. The backend's own product uses XNNPACK only without transposition, else plain
 * loops, and both products of a dense layer's gradient have a transposed operand. For [64, 4900]ᵀ · [64, 32] this takes 0.9 ms instead of 9.7 ms.
 */
export function transposingMatMul(matMul: MatMul): MatMul {
  return ({ inputs: { a, b }, attrs: { transposeA, transposeB }, backend }) => {
    // The backend never uses XNNPACK for batches of matrices.
    if (isBatch(a) || isBatch(b)) return matMul({ inputs: { a, b }, attrs: { transposeA, transposeB }, backend });
    const left = transposeA ? transpose(a, backend) : a;
    const right = transposeB ? transpose(b, backend) : b;
    const product = multiply(left, right, backend, matMul);
    if (left !== a) backend.disposeData(left.dataId);
    if (right !== b) backend.disposeData(right.dataId);
    return product;
  };
}

function isBatch({ shape }: tf.TensorInfo): boolean {
  return shape.slice(0, -2).some((size) => size !== 1);
}

/** The matrix product of a and b. tfjs does not track the result, so the caller must dispose of it, as with the other functions here. */
export function multiply(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  backend: BackendWasm,
  matMul = tf.getKernel('BatchMatMul', 'wasm').kernelFunc as unknown as MatMul,
): tf.TensorInfo {
  return matMul({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend });
}

/** Swaps the last two dimensions. */
export function transpose(x: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return tf.getKernel('Transpose', 'wasm').kernelFunc({ inputs: { x }, attrs: { perm }, backend }) as tf.TensorInfo;
}
