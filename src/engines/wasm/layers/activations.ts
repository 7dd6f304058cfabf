import { Options, type LayerSetup, type Loose } from './layer.js';
import type { Kernels } from '../kernels.js';

/** Numbers of the functions in kernels/activation.ts, by their names in a model's JSON. (tfjs can't read `gelu_new` back.) */
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

/** From this number on, derivatives are functions of the argument. */
const FIRST_OF_ARGUMENT = 10;

/** An activation function over stretches of `count` numbers, which are whole rows of `width` numbers along the last axis. */
export interface Activation {
  readonly name: string;
  /** Whether the derivative takes the function's argument, not its value alone. */
  readonly needsInput: boolean;
  /** Parameter of leakyRelu and elu; of relu the slope of the derivative where numbers are positive: {@link Loose}. */
  alpha: number;
  apply(kernels: Kernels, x: number, y: number, count: number): void;
  /** @param x address of the arguments where `needsInput`, else anything */
  differentiate(kernels: Kernels, x: number, y: number, dy: number, dx: number, count: number): void;
}

/**
 * @param width size of the last axis
 * @returns null for a name that there is no kernel for
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

/**
 * A layer's own activation.
 * @returns null where it does nothing
 * @throws NotCovered
 */
export function layerActivation({ node }: LayerSetup, width: number): Activation | null {
  const options = new Options(node);
  const name = options.text('activation', 'linear');
  return name === 'linear' ? null : (activationOf(name, width) ?? options.refuse('activation'));
}

/** {@link Loose} for a layer with this activation, where it is. */
export function looseAfter(activation: Activation | null): { readonly loose?: Loose } {
  if (activation === null) return { loose: { relu: null } };
  return activation.name === 'relu' ? { loose: { relu: activation } } : {};
}
