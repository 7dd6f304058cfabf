import { adam, Ensemble, sgd, type OptimizerConfig, type SharedArray } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { testedEngines, type TestedEngine } from '../engines.js';
import { layersFromModel } from '../reference/layers.js';
import { trainReference, type ReferenceData, type ReferenceResult } from '../reference/train.js';
import { BATCH_SIZE, cases, SAMPLES, type Case } from './cases.js';
import { cnn, weightsOf } from './helpers.js';

/**
 * Largest absolute difference of any weight after {@link EPOCHS} epochs (14 steps, with a smaller last batch in each epoch) from the same
 * whole model trained in one piece in float64. Float32's rounding, through the optimizers: Adam divides small gradients
 * by their own size.
 */
const WEIGHTS_TOLERANCE = { adam: 2e-6, sgd: 2e-5 };
/** Of each epoch's losses, relative. */
const LOSS_TOLERANCE = 2e-6;
const EPOCHS = 2;
const SEED = 5;

const optimizers: Record<'adam' | 'sgd', OptimizerConfig> = {
  adam: adam({ learningRate: 1e-3 }),
  sgd: sgd({ learningRate: 0.05, momentum: 0.9 }),
};

function build(which: Case, rate: number) {
  return Object.fromEntries(
    Object.entries(which.members).map(([name, input]) => [name, { model: cnn(name, { rate, seed: 2 }), input }]),
  );
}

function referenceData({ values, scale, shape }: SharedArray, oneHot: number | null): ReferenceData {
  if (oneHot === null) return { values: Float64Array.from(values, (value) => Math.fround(value * scale)), shape };
  const rows = Float64Array.from({ length: values.length * oneHot }, (_, i) =>
    values[Math.floor(i / oneHot)] === i % oneHot ? 1 : 0,
  );
  return { values: rows, shape: [oneHot] };
}

const references = new Map<string, ReferenceResult>();

/** Each engine is held against the same numbers, which take long to compute. */
function reference(which: Case, rate: number, optimizer: OptimizerConfig, epochs = EPOCHS, samples = SAMPLES) {
  const key = JSON.stringify([which.name, rate, optimizer, epochs, samples]);
  const known = references.get(key) ?? computeReference(which, rate, optimizer, epochs, samples);
  references.set(key, known);
  return known;
}

function computeReference(
  which: Case,
  rate: number,
  optimizer: OptimizerConfig,
  epochs: number,
  samples: number,
): ReferenceResult {
  const cut = ({ values, shape }: ReferenceData): ReferenceData => {
    const size = shape.reduce((product, n) => product * n, 1);
    return { values: Array.from(values).slice(0, samples * size), shape };
  };
  return trainReference({
    members: Object.entries(build(which, rate)).map(([name, { model, input }]) => ({
      name,
      input,
      layers: layersFromModel(model),
      weights: weightsOf(model),
    })),
    outputs: Object.entries(which.outputs).map(([name, merge]) => ({
      name,
      merge,
      loss: 'categoricalCrossentropy',
      lossWeight: which.lossWeights[name] ?? 1,
    })),
    inputs: Object.fromEntries(
      Object.entries(which.inputs).map(([name, data]) => [name, cut(referenceData(data, null))]),
    ),
    targets: Object.fromEntries(
      Object.entries(which.targets).map(([name, data]) => [name, cut(referenceData(data, 10))]),
    ),
    optimizer,
    batchSize: BATCH_SIZE,
    epochs,
    seed: SEED,
  });
}

interface Training {
  readonly engine: TestedEngine;
  readonly optimizer: OptimizerConfig;
  readonly epochs?: number;
  readonly samples?: number;
}

async function train(which: Case, rate: number, { engine, optimizer, epochs = EPOCHS, samples = SAMPLES }: Training) {
  const members = build(which, rate);
  const cut = (data: Readonly<Record<string, SharedArray>>) =>
    Object.fromEntries(
      Object.entries(data).map(([name, array]): [string, SharedArray] => {
        const count = Math.min(samples, array.samples);
        return [
          name,
          { ...array, samples: count, values: array.values.subarray(0, (array.values.length / array.samples) * count) },
        ];
      }),
    );
  await using ensemble = new Ensemble({ members, outputs: which.outputs });
  ensemble.compile({ optimizer, loss: 'categoricalCrossentropy', lossWeights: which.lossWeights });
  const { history } = await ensemble.fit(cut(which.inputs), cut(which.targets), {
    batchSize: BATCH_SIZE,
    epochs,
    seed: SEED,
    engine,
  });
  return { members, history };
}

function largestDifference(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  return Math.max(...a.flatMap((weight, w) => Array.from(weight, (value, i) => Math.abs(value - (b[w]?.[i] ?? NaN)))));
}

describe.each(testedEngines)('the engine %s', (engine) => {
  describe.each(['adam', 'sgd'] as const)('with %s', (name) => {
    describe.each([0, 0.3])('and dropout of %d', (rate) => {
      it.each(cases)('case $name is the same as trained in one piece', async (which) => {
        const expected = reference(which, rate, optimizers[name]);
        const { members, history } = await train(which, rate, { engine, optimizer: optimizers[name] });
        for (const [member, { model }] of Object.entries(members)) {
          const difference = largestDifference(weightsOf(model), expected.weights[member] ?? []);
          expect(difference, member).toBeLessThan(WEIGHTS_TOLERANCE[name]);
        }
        const outputs = Object.keys(which.outputs);
        for (const [epoch, { loss, losses }] of expected.epochs.entries()) {
          expect(Math.abs((history['loss']?.[epoch] ?? NaN) / loss - 1)).toBeLessThan(LOSS_TOLERANCE);
          if (outputs.length === 1) continue;
          for (const output of outputs) {
            const received = history[`${output}_loss`]?.[epoch] ?? NaN;
            expect(Math.abs(received / (losses[output] ?? NaN) - 1), output).toBeLessThan(LOSS_TOLERANCE);
          }
        }
      });
    });
  });

  describe('the loss of each step', () => {
    it.each(cases)('of case $name is that of the model trained in one piece', async (which) => {
      // Epochs of one step each, so that the history has every step.
      const steps = 12;
      const expected = reference(which, 0.3, optimizers.adam, steps, BATCH_SIZE);
      const { history } = await train(which, 0.3, {
        engine,
        optimizer: optimizers.adam,
        epochs: steps,
        samples: BATCH_SIZE,
      });
      for (const output of Object.keys(which.outputs)) {
        const received = history[Object.keys(which.outputs).length === 1 ? 'loss' : `${output}_loss`] ?? [];
        expect(received).toHaveLength(steps);
        for (const [step, loss] of (expected.stepLosses[output] ?? []).entries()) {
          expect(Math.abs((received[step] ?? NaN) / loss - 1), `${output}, step ${step}`).toBeLessThan(LOSS_TOLERANCE);
        }
      }
    });
  });
});
