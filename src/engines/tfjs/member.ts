import * as tf from '@tensorflow/tfjs';
import type { LogitsActivation } from '../../protocol/plan.js';
import { sizeOf } from '../../protocol/shape.js';
import type { Coefficients } from '../../train/optimizers/optimizer.js';
import { ResolvedOptimizer } from '../../train/optimizers/resolved.js';
import type { EngineMember, MemberSetup, MemberState } from '../engine.js';
import { allLayers, type PlacedLayer } from '../../model/layers.js';
import type { TfjsEngineName } from './backend.js';
import { KernelOptimizer } from './kernelOptimizer.js';
import { internalsOf, isTrained, onlyTensor } from './layers.js';
import { replaceMaxPooling } from './tensorflow/maxPooling.js';
import { buildModel, followKeras, matchWeights, removeLastActivation } from './model.js';
import { MemberNoise } from './noise.js';
import type { StepLog } from './tensorflow/stepLog.js';
import { TfjsWeight } from './weight.js';

/** The result of a forward pass, still connected to the weights. */
export interface Forward {
  readonly output: tf.Tensor;
  readonly logits: tf.Tensor | null;
  readonly regularization: readonly tf.Scalar[];
}

/** A member's model in TensorFlow.js. */
export class TfjsMember implements EngineMember {
  readonly inputs: readonly Float32Array[];
  regularization = 0;

  readonly #layers: readonly PlacedLayer[];
  readonly #noise: MemberNoise | null;
  readonly #weights: readonly TfjsWeight[];
  readonly #trained: readonly TfjsWeight[];
  readonly #optimizer: ResolvedOptimizer | null;
  /** The same optimizer with kernels; null if the JavaScript one is used. */
  readonly #byKernels: KernelOptimizer | null;
  /** The activation that was removed from the model. */
  readonly #activation: LogitsActivation | null;
  #iteration = 0;
  /** The learning rate that was set; NaN for the optimizer's own. */
  #changedRate = NaN;
  /** The scalars of the current step's update. */
  #coefficients: Coefficients = {};

  /** @param engine the engine's name */
  static async create(setup: MemberSetup, engine: TfjsEngineName, log: StepLog): Promise<TfjsMember> {
    const model = await buildModel(setup.plan, engine);
    try {
      return new TfjsMember(setup, model, engine, log);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  private constructor(
    private readonly setup: MemberSetup,
    private readonly model: tf.LayersModel,
    engine: TfjsEngineName,
    private readonly log: StepLog,
  ) {
    const { plan, batchSize, slots, optimizer } = setup;
    this.inputs = plan.inputShapes.map((shape) => new Float32Array(batchSize * sizeOf(shape)));
    this.#layers = allLayers(model).filter(({ layer }) => !(layer instanceof tf.LayersModel));
    const planned = matchWeights(plan, model, engine);
    followKeras(this.#layers);
    if (engine === 'tensorflow') replaceMaxPooling(this.#layers);
    this.#noise = optimizer === null ? null : new MemberNoise(plan.name, this.#layers, engine, log);
    this.#activation = plan.logits !== null && slots.logits !== null ? removeLastActivation(plan, model) : null;
    const sizes = plan.weights.filter(({ trainable }) => trainable).map(({ shape }) => sizeOf(shape));
    const resolved = optimizer === null ? null : new ResolvedOptimizer(optimizer);
    const byKernels = engine === 'tensorflow' && resolved !== null ? KernelOptimizer.create(resolved, sizes) : null;
    this.#optimizer = resolved;
    this.#byKernels = byKernels;
    const allocate = (size: number): Float32Array => byKernels?.allocate(size) ?? new Float32Array(size);
    const slotsEach = resolved?.slotCount ?? 0;
    this.#weights = planned.map(({ spec, weight }) => new TfjsWeight(spec, weight, slotsEach, log, allocate));
    this.#trained = this.#weights.filter(({ trainable }) => trainable);
  }

  get name(): string {
    return this.setup.plan.name;
  }

  get batchSize(): number {
    return this.setup.batchSize;
  }

  /** The variables of the trained weights. */
  get variables(): tf.Variable[] {
    return this.#trained.map(({ variable }) => variable);
  }

  load(state: MemberState): void {
    let offset = 0;
    for (const weight of this.#weights) {
      weight.set(state.weights.subarray(offset, offset + weight.values.length));
      offset += weight.values.length;
    }
    for (const [array, place] of this.#optimizerSlots(state)) array.set(place);
    this.#iteration = state.iterations[0] ?? 0;
    this.#changedRate = state.learningRate[0] ?? NaN;
  }

  store(state: MemberState): void {
    let offset = 0;
    for (const { values } of this.#weights) {
      state.weights.set(values, offset);
      offset += values.length;
    }
    for (const [array, place] of this.#optimizerSlots(state)) place.set(array);
    state.iterations[0] = this.#iteration;
  }

  /** Each weight's slots with their places in the state. The state has one slot after the other, and in each slot all weights in order. */
  *#optimizerSlots(state: MemberState): Generator<[array: Float32Array, place: Float32Array]> {
    let offset = 0;
    for (let slot = 0; slot < (this.#optimizer?.slotCount ?? 0); slot++) {
      for (const { slots } of this.#trained) {
        const array = slots[slot];
        if (array === undefined) continue;
        yield [array, state.slots.subarray(offset, offset + array.length)];
        offset += array.length;
      }
    }
  }

  /** Call it before each training step, also before a replayed one. */
  beginStep(seed: number): void {
    this.#noise?.beginStep(seed, this.#iteration);
  }

  /** Runs the model and writes its output and logits to the member's slots. Call it in a `tf.tidy`. */
  forward(rows: number, training: boolean): Forward {
    const { plan, slots } = this.setup;
    for (const weight of this.#weights) weight.prepare();
    const inputs = plan.inputShapes.map((shape, i) => this.#rowsOf(this.inputs[i], rows, shape));
    const [first] = inputs;
    const made = this.model.apply(inputs.length === 1 && first !== undefined ? first : inputs, { training });
    const last = onlyTensor(made as tf.Tensor | tf.Tensor[]);
    const output =
      this.#activation === null ? last : this.#activation === 'softmax' ? tf.softmax(last) : tf.sigmoid(last);
    const logits = this.#activation === null ? null : last;
    this.log.read(output, (values) => {
      slots.output.set(values);
    });
    if (logits !== null) {
      this.log.read(logits, (values) => {
        slots.logits?.set(values);
      });
    }
    const regularization = regularizationOf(this.#layers);
    this.log.run(() => {
      this.regularization = 0;
    });
    for (const loss of regularization) {
      this.log.read(loss, ([value = 0]) => {
        this.regularization += value;
      });
    }
    return { output, logits, regularization };
  }

  /** The terms of a sum whose gradient is the one in the member's slots plus the gradient of the member's regularisation. */
  objective({ output, logits, regularization }: Forward, rows: number): tf.Scalar[] {
    const { plan, slots } = this.setup;
    const terms: tf.Scalar[] = [...regularization];
    const add = (y: tf.Tensor, gradient: Float32Array | null): void => {
      if (gradient !== null) terms.push(y.mul(this.#rowsOf(gradient, rows, plan.outputShape)).sum<tf.Scalar>());
    };
    add(output, slots.outputGradient);
    if (logits !== null) add(logits, slots.logitsGradient);
    return terms;
  }

  /** Updates all weights that have a gradient. */
  update(gradients: Readonly<Record<string, tf.Tensor | undefined>>): void {
    const optimizer = this.#optimizer;
    if (optimizer === null) throw new Error(`Member ${this.setup.plan.name} was created without an optimizer`);
    const updater = this.#byKernels ?? optimizer;
    this.log.run(() => {
      const rate = optimizer.learningRate(this.#iteration, this.#changedRate);
      this.#coefficients = optimizer.coefficients(rate, this.#iteration);
      this.#iteration++;
    });
    for (const weight of this.#trained) {
      const gradient = gradients[weight.variable.name];
      if (gradient === undefined) continue; // the weight is not connected to the loss; Keras does not change it either
      weight.update(gradient, (values) => {
        updater.update(weight.values, values, weight.slots, this.#coefficients);
      });
      weight.commit();
    }
    for (const weight of this.#weights) weight.refresh();
  }

  /** Undoes the changes of weights by a forward pass in training mode, such as moving averages. */
  revert(): void {
    for (const weight of this.#weights) weight.revert();
  }

  /** A tensor of the first `rows` rows of an array. */
  #rowsOf(values: Float32Array | undefined, rows: number, shape: readonly number[]): tf.Tensor {
    const numbers = values?.subarray(0, rows * sizeOf(shape)) ?? new Float32Array();
    return tf.tensor(this.log.input(numbers), [rows, ...shape], 'float32');
  }

  dispose(): void {
    this.model.dispose();
  }
}

/**
 * The regularisation losses of trained layers, each layer once, as in Keras. (`model.calculateLosses` differs: it counts frozen layers too,
 * counts a layer each time that it is applied, and leaves out an RNN's cells.)
 */
function regularizationOf(layers: readonly PlacedLayer[]): tf.Scalar[] {
  return layers.flatMap(({ layer }) => {
    const isWrapper = internalsOf(layer).layer !== undefined; // a wrapper only returns the losses of the layer inside
    return isWrapper || !isTrained(layer) ? [] : layer.losses.map((loss) => loss());
  });
}
