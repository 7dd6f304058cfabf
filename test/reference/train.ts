import type { MergeConfig, Shape } from '../../src/protocol/plan.js';
import type { OptimizerConfig } from '../../src/train/optimizers/registry.js';
import type { LossName } from '../../src/train/losses/registry.js';
import { dropoutMask } from '../../src/random/noise.js';
import { shuffledOrder } from '../../src/random/order.js';
import { deriveKey } from '../../src/random/philox.js';
import { forward, penalties, weightNodes, type LayerConfig, type Noise, type Weight } from './layers.js';
import { countRight, lossNode } from './losses.js';
import { merge } from './merges.js';
import { weightedSum } from './ops.js';
import { Slots, update } from './optimizers.js';
import { constant, size, Tape, type Node } from './tape.js';

export interface ReferenceMember {
  readonly name: string;
  readonly layers: readonly LayerConfig[];
  /** In Keras's order: each layer's kernel, then its bias. Not touched. */
  readonly weights: readonly ArrayLike<number>[];
  /** Name of its input. Default: `input`. */
  readonly input?: string;
  /** Default: the optimizer of the ensemble. */
  readonly optimizer?: OptimizerConfig;
}

export interface ReferenceOutput {
  readonly name: string;
  readonly merge: MergeConfig;
  readonly loss: LossName;
  /** Default: 1. */
  readonly lossWeight?: number;
}

/** Samples one after the other; `shape` is that of one. */
export interface ReferenceData {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
}

export interface ReferenceSetup {
  readonly members: readonly ReferenceMember[];
  readonly outputs: readonly ReferenceOutput[];
  readonly inputs: Readonly<Record<string, ReferenceData>>;
}

export interface ReferenceRun extends ReferenceSetup {
  /** By output. A sparse target has the shape [] or [1]. */
  readonly targets: Readonly<Record<string, ReferenceData>>;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
  /** Default: true. False: samples in their own order in each epoch. */
  readonly shuffle?: boolean;
  /** Default: `productNoise(seed)`. */
  readonly noise?: Noise;
}

export interface ReferenceEpoch {
  /** Σ lossWeight · loss + regularisation, a mean over samples as all of these. */
  readonly loss: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly accuracies: Readonly<Record<string, number>>;
}

/** What trains in one piece: all members and outputs whose data have the same number of samples. */
export interface ReferencePart {
  readonly members: readonly string[];
  readonly outputs: readonly string[];
  readonly samples: number;
  /** Each step's total loss, regularisation included. */
  readonly totals: number[];
  /** Each step's regularisation. */
  readonly regularisation: number[];
}

export interface ReferenceResult {
  /** By member, in the order of the weights given. */
  readonly weights: Readonly<Record<string, Float64Array[]>>;
  /** By output: the mean loss of each step's batch, before the step's update. */
  readonly stepLosses: Readonly<Record<string, number[]>>;
  readonly epochs: readonly ReferenceEpoch[];
  readonly parts: readonly ReferencePart[];
}

/**
 * Trains a whole ensemble as one graph, as Keras's `fit` does with a functional model: one forward of all members, one total
 * loss, one backward, one update of all weights. Members that reach no output are left as they are.
 *
 * Where groups have different numbers of samples no single graph can train them. Then those with the same number go in one
 * piece, and each such part has its own batches; since groups share no weights, this is what their sum of losses means.
 */
export function trainReference(run: ReferenceRun): ReferenceResult {
  const noise = run.noise ?? productNoise(run.seed);
  const weights = new Map(run.members.map((member) => [member.name, memberWeights(run, member)]));
  const slots = new Map<Node, Slots>();
  const stepLosses = Object.fromEntries(run.outputs.map(({ name }): [string, number[]] => [name, []]));
  const parts = partsOf(run);
  const iterations = parts.map(() => 0);
  const epochs: ReferenceEpoch[] = [];

  for (let epoch = 0; epoch < run.epochs; epoch++) {
    const sums = { loss: 0, losses: zeros(run.outputs), right: zeros(run.outputs) };
    parts.forEach((part, p) => {
      const order = new Uint32Array(part.samples).map((_, i) => i);
      if (run.shuffle ?? true) shuffledOrder(order, run.seed, epoch);
      for (let start = 0; start < part.samples; start += run.batchSize) {
        const batch = order.subarray(start, start + run.batchSize);
        const iteration = iterations[p] ?? 0;
        const step = forwardWhole(run, part, weights, batch, (member, layer, ...place) =>
          noise(member, layer, iteration, ...place),
        );
        step.tape.backward(step.total);
        for (const name of part.members) {
          const config = run.members.find((member) => member.name === name)?.optimizer ?? run.optimizer;
          for (const weight of weights.get(name) ?? []) updateWeight(config, weight, slots, iteration);
        }
        iterations[p] = iteration + 1;

        const share = batch.length / part.samples;
        const total = step.total.value[0] ?? 0;
        part.totals.push(total);
        part.regularisation.push(step.regularisation);
        sums.loss += total * share;
        for (const { name, loss, right } of step.outputs) {
          stepLosses[name]?.push(loss);
          sums.losses[name] = (sums.losses[name] ?? 0) + loss * share;
          sums.right[name] = (sums.right[name] ?? 0) + right / part.samples;
        }
      }
    });
    epochs.push({ loss: sums.loss, losses: sums.losses, accuracies: sums.right });
  }
  return {
    weights: Object.fromEntries([...weights].map(([name, own]) => [name, own.map(({ node }) => node.value)])),
    stepLosses,
    epochs,
    parts,
  };
}

/** The product's own dropout masks (`src/random`), which depend on nothing but the member's name, the layer's place and these numbers. */
export function productNoise(seed: number): Noise {
  return (member, place, iteration, rows, rowSize, rate) => {
    const mask = new Float32Array(rows * rowSize);
    dropoutMask(mask, rate, {
      key: deriveKey(seed, 'noise', member, place),
      iteration,
      firstRow: 0,
      rows,
      size: rowSize,
    });
    return mask;
  };
}

/** Outputs of the ensemble and of each member for all samples, without dropout. */
export function predictReference(setup: ReferenceSetup): {
  readonly outputs: Readonly<Record<string, Float64Array>>;
  readonly members: Readonly<Record<string, Float64Array>>;
} {
  const tape = new Tape();
  const nodes = new Map<string, Node>();
  for (const member of setup.members) {
    const { x } = batchOf(inputOf(setup, member), null);
    nodes.set(member.name, forward(tape, member.layers, memberWeights(setup, member), x, null));
  }
  const merged = setup.outputs.map(({ name, merge: config }): [string, Float64Array] => [
    name,
    merge(tape, config, partsOfMerge(config, nodes)).value,
  ]);
  return {
    outputs: Object.fromEntries(merged),
    members: Object.fromEntries([...nodes].map(([name, { value }]) => [name, value])),
  };
}

interface WholeStep {
  readonly tape: Tape;
  readonly total: Node;
  readonly regularisation: number;
  readonly outputs: readonly { readonly name: string; readonly loss: number; readonly right: number }[];
}

/** One graph of a part: members, merges, losses, regularisation, and their weighted sum. */
function forwardWhole(
  run: ReferenceRun,
  part: ReferencePart,
  weights: ReadonlyMap<string, readonly Weight[]>,
  batch: Uint32Array,
  noise: (member: string, place: string, rows: number, size: number, rate: number) => ArrayLike<number>,
): WholeStep {
  const tape = new Tape();
  const nodes = new Map<string, Node>();
  const regularisation: Node[] = [];
  for (const member of run.members) {
    if (!part.members.includes(member.name)) continue;
    const own = weights.get(member.name) ?? [];
    for (const { node } of own) node.grad?.fill(0);
    const { x } = batchOf(inputOf(run, member), batch);
    nodes.set(
      member.name,
      forward(tape, member.layers, own, x, (...drawn) => noise(member.name, ...drawn)),
    );
    regularisation.push(...penalties(tape, own));
  }
  const outputs = run.outputs
    .filter(({ name }) => part.outputs.includes(name))
    .map(({ name, merge: config, loss, lossWeight = 1 }) => {
      const output = merge(tape, config, partsOfMerge(config, nodes));
      const { x: target, sampleSize } = batchOf(targetOf(run, name), batch);
      const node = lossNode(tape, loss, output, target.value);
      const right = countRight(output.value, output.shape, target.value, sampleSize);
      return { name, node, factor: lossWeight, loss: node.value[0] ?? 0, right };
    });
  const total = weightedSum(tape, [...outputs, ...regularisation.map((node) => ({ node, factor: 1 }))]);
  const regular = regularisation.reduce((sum, { value }) => sum + (value[0] ?? 0), 0);
  return { tape, total, regularisation: regular, outputs };
}

function updateWeight(config: OptimizerConfig, weight: Weight, slots: Map<Node, Slots>, iteration: number): void {
  const { value, grad } = weight.node;
  if (!grad || !weight.trainable) return;
  let own = slots.get(weight.node);
  if (!own) slots.set(weight.node, (own = new Slots(value.length)));
  update(config, value, grad, own, iteration);
}

/** Connected components of members and outputs, those with the same number of samples put together. */
function partsOf(run: ReferenceRun): ReferencePart[] {
  let components: { members: string[]; outputs: ReferenceOutput[] }[] = [];
  for (const output of run.outputs) {
    const touched = components.filter(({ members }) => members.some((name) => output.merge.members.includes(name)));
    const joined = {
      members: [...new Set([...touched.flatMap(({ members }) => members), ...output.merge.members])],
      outputs: [...touched.flatMap(({ outputs }) => outputs), output],
    };
    components = [...components.filter((component) => !touched.includes(component)), joined];
  }
  const parts = new Map<number, { members: string[]; outputs: string[] }>();
  for (const { members, outputs } of components) {
    const ends = [
      ...run.members.filter(({ name }) => members.includes(name)).map((member) => inputOf(run, member)),
      ...outputs.map(({ name }) => targetOf(run, name)),
    ];
    const counts = [...new Set(ends.map(samplesOf))];
    const [count] = counts;
    if (count === undefined || counts.length > 1)
      throw new RangeError(`the data of ${members.join(', ')} have different numbers of samples: ${counts.join(', ')}`);
    const part = parts.get(count) ?? { members: [], outputs: [] };
    part.members.push(...members);
    part.outputs.push(...outputs.map(({ name }) => name));
    parts.set(count, part);
  }
  return [...parts].map(([samples, part]) => ({ ...part, samples, totals: [], regularisation: [] }));
}

function memberWeights(setup: ReferenceSetup, member: ReferenceMember): Weight[] {
  return weightNodes(member.layers, inputOf(setup, member).shape, member.weights);
}

function inputOf(setup: ReferenceSetup, { name, input = 'input' }: ReferenceMember): ReferenceData {
  const data = setup.inputs[input];
  if (!data) throw new RangeError(`member ${name}: no data for its input ${input}`);
  return data;
}

function targetOf(run: ReferenceRun, output: string): ReferenceData {
  const data = run.targets[output];
  if (!data) throw new RangeError(`no target for the output ${output}`);
  return data;
}

function partsOfMerge(config: MergeConfig, nodes: ReadonlyMap<string, Node>): Node[] {
  return config.members.map((name) => {
    const node = nodes.get(name);
    if (!node) throw new RangeError(`${config.merge}: no member ${name}`);
    return node;
  });
}

const samplesOf = ({ values, shape }: ReferenceData): number => values.length / size(shape);

/** Some samples, in the order given; null: all. */
function batchOf(data: ReferenceData, batch: Uint32Array | null): { x: Node; sampleSize: number } {
  const sampleSize = size(data.shape);
  const rows = batch?.length ?? samplesOf(data);
  const values = new Float64Array(rows * sampleSize);
  for (let row = 0; row < rows; row++) {
    const start = (batch?.[row] ?? row) * sampleSize;
    for (let i = 0; i < sampleSize; i++) values[row * sampleSize + i] = data.values[start + i] ?? 0;
  }
  return { x: constant(values, [rows, ...data.shape]), sampleSize };
}

const zeros = (outputs: readonly ReferenceOutput[]): Record<string, number> =>
  Object.fromEntries(outputs.map(({ name }) => [name, 0]));
