import type { Address } from '../address.js';
import type { Kernels } from '../kernels.js';

/** Codes of the functions in kernels/activation.ts, by their names in a model's JSON. (tfjs can't read `gelu_new` back.) */
const KINDS: Readonly<Record<string, number>> = {
  relu: 1,
  relu6: 2,
  leakyRelu: 3,
  elu: 4,
  selu: 5,
  softplus: 6,
  softsign: 7,
  sigmoid: 8,
  tanh: 9,
  hard_sigmoid: 10,
  swish: 11,
  mish: 12,
  gelu: 13,
};

/** From this code on, a derivative is computed from the argument, not from the value. */
const FIRST_OF_ARGUMENT = 10;

/** An activation function, applied to `count` neighbouring numbers: whole rows of the last axis. */
export interface Activation {
  readonly name: string;
  /** Whether the derivative needs the function's argument. Otherwise the value is enough. */
  readonly needsInput: boolean;
  /** Parameter of leakyRelu and elu. For relu, the derivative where the value is positive: see `InPlaceAllowed`. */
  alpha: number;
  apply(kernels: Kernels, x: Address, y: Address, count: number): void;
  /** @param x place of the arguments; read only where `needsInput` */
  differentiate(kernels: Kernels, x: Address, y: Address, dy: Address, dx: Address, count: number): void;
}

/**
 * @param width size of the last axis
 * @returns null for a name without a kernel
 */
export function activationOf(name: string, width: number, alpha = 1): Activation | null {
  if (name === 'softmax') return softmax(width);
  const kind = KINDS[name];
  if (kind === undefined) return null;
  return {
    name,
    needsInput: kind >= FIRST_OF_ARGUMENT,
    alpha,
    apply(kernels, x, y, count) {
      kernels.activate(kind, x, y, count, this.alpha);
    },
    differentiate(kernels, x, y, dy, dx, count) {
      kernels.activateGradient(kind, x, y, dy, dx, count, this.alpha);
    },
  };
}

function softmax(width: number): Activation {
  return {
    name: 'softmax',
    needsInput: false,
    alpha: 1,
    apply(kernels, x, y, count) {
      kernels.softmax(count / width, width, x, y);
    },
    differentiate(kernels, x, y, dy, dx, count) {
      kernels.softmaxGradient(count / width, width, y, dy, dx);
    },
  };
}
