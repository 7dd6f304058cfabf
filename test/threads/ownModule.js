/**
 * Things of a user's. The test imports this module, and so does each worker (as the ensemble's `setup`).
 */
import {
  countOf,
  defineLoss,
  defineMerge,
  defineMetric,
  defineOptimizer,
  defineSchedule,
  elementwiseShape,
  learningRate,
  mergingLayer,
  positive,
  register,
} from 'tfjs-ensemble/extend';

/** The first member's output less all others'. */
export const difference = register(
  defineMerge({
    name: 'difference',
    summary: "The first member's output less all others'.",
    options: {},
    takes: 'several',
    outputShape: elementwiseShape,
    forward(batch, out) {
      for (let e = 0; e < countOf(batch); e++) out[e] = batch.ys.reduce((sum, y, i) => sum + sign(i) * y[e], 0);
    },
    backward(batch, dout, dys) {
      for (let e = 0; e < countOf(batch); e++) for (const [i, dy] of dys.entries()) dy[e] += sign(i) * dout[e];
    },
    layer(_config, layers, name, ys) {
      const signed = ys.map((y, i) =>
        i === 0 ? y : layers.rescaling({ scale: -1, name: `${name}/less/${i}` }).apply(y),
      );
      return mergingLayer(layers, name, signed, () => layers.add({ name }));
    },
  }),
);

const sign = (member) => (member === 0 ? 1 : -1);

/** A multiple of the squared error. */
export const scaled = register(
  defineLoss({
    name: 'scaled',
    summary: 'A multiple of the squared error.',
    options: { factor: positive(1, 'What the squared error is multiplied with.') },
    labels: 'values',
    overClasses: false,
    fromOutputs({ target, y, dy, rows, size, scale }, { factor }) {
      let loss = 0;
      for (let i = 0; i < rows * size; i++) {
        loss += (factor * (y[i] - target[i]) ** 2) / size;
        if (dy !== null) dy[i] = (2 * scale * factor * (y[i] - target[i])) / size;
      }
      return loss;
    },
  }),
);

/** 1 where a thread that adds a batch has loaded TensorFlow.js, else 0. */
export const hasTfjs = register(
  defineMetric({
    name: 'hasTfjs',
    summary: 'Whether a thread has loaded TensorFlow.js.',
    options: {},
    better: 'lower',
    resolve: () => ({
      sums: 1,
      update: (_batch, sums) => void (sums[0] = Math.max(sums[0], Number('_tfengine' in globalThis))),
      result: ([loaded]) => loaded,
    }),
  }),
);

/** Descent without any option but the rate. It has no kernel. */
export const descent = register(
  defineOptimizer({
    name: 'descent',
    summary: 'Gradient descent.',
    options: { learningRate: learningRate(0.1) },
    slots: () => ({}),
    coefficients: (_options, rate) => ({ rate }),
    update(weights, gradients, _slots, { rate }) {
      for (let i = 0; i < weights.length; i++) weights[i] -= rate * gradients[i];
    },
  }),
);

/** Half of the rate at each update. */
export const halving = register(
  defineSchedule({
    name: 'halving',
    summary: 'Halves the rate at each update.',
    options: { first: positive(1, 'The first rate.') },
    rate: ({ first }, iteration) => first / 2 ** iteration,
  }),
);
