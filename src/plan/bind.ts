import { checkLabels } from '../data/check.js';
import { isDataValue, toShared, type DataValue } from '../data/value.js';
import { EnsembleError, show } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import type { EnsemblePlan, GroupPlan, Objective, OutputPlan, Shape } from '../protocol/plan.js';
import { sameShape, sizeOf } from '../protocol/shape.js';
import { classCount, targetShape } from '../train/losses/loss.js';
import { lossRegistry } from '../train/losses/registry.js';
import { quoted } from '../text/names.js';
import type { PerEnd } from './types.js';

const SPARSE_HINT = ' For class indices, use the loss "sparseCategoricalCrossentropy".';

/** Data by the name of its input or output. */
export type BoundData = Readonly<Record<string, SharedArray>>;

/**
 * Copies the data of the inputs to shared memory and checks it.
 * @throws EnsembleError `MISSING_DATA`, `UNKNOWN_INPUT`, `SHAPE_MISMATCH`, `INVALID_DATA`, `NOT_FINITE`
 */
export function bindInputs(plan: EnsemblePlan, given: PerEnd<string, DataValue>): BoundData {
  const values = byName(
    'input',
    given,
    plan.inputs.map((input) => input.name),
  );
  const bound: Record<string, SharedArray> = {};
  for (const { name, shape } of plan.inputs) {
    const shared = toShared(valueOf(values, name), { end: name, role: 'input' });
    expectShape('input', name, shape, shapeInBatch(shared));
    bound[name] = shared;
  }
  return bound;
}

/**
 * Copies the targets of the outputs to shared memory and checks them against the outputs' losses.
 * @throws EnsembleError `MISSING_DATA`, `UNKNOWN_OUTPUT`, `SHAPE_MISMATCH`, `INVALID_DATA`, `NOT_FINITE`, `LABEL_OUT_OF_RANGE`
 */
export function bindTargets(
  plan: EnsemblePlan,
  objectives: Readonly<Record<string, Objective>>,
  given: PerEnd<string, DataValue>,
): BoundData {
  const values = byName(
    'target',
    given,
    plan.outputs.map((output) => output.name),
  );
  const bound: Record<string, SharedArray> = {};
  for (const output of plan.outputs) {
    const objective = objectives[output.name];
    if (objective === undefined) continue;
    bound[output.name] = bindTarget(output, objective, valueOf(values, output.name));
  }
  return bound;
}

function bindTarget(output: OutputPlan, objective: Objective, value: DataValue): SharedArray {
  const { name, shape } = output;
  const loss = lossRegistry.of(objective.loss);
  const shared = toShared(value, { end: name, role: 'target' });
  const classes = classCount(loss, shape);
  if (classes !== null) {
    if (shared.oneHot !== null) {
      throw new EnsembleError(
        'SHAPE_MISMATCH',
        `Expected the target ${quoted([name])} to be class indices for the loss ${quoted([loss.name])}. ` +
          `Received: rows of ${shared.oneHot} by \`oneHot\`. Leave \`oneHot\` null, or use the loss "categoricalCrossentropy".`,
      );
    }
    expectShape('target', name, targetShape(loss, shape), shared.shape);
    checkLabels(shared, classes, name);
    return shared;
  }
  const last = shape.at(-1) ?? 1;
  if (loss.overClasses && isLabels(shared) && shape.length === 1 && last > 1) {
    checkLabels(shared, last, name);
    return { ...shared, oneHot: last };
  }
  const hint = loss.overClasses && sizeOf(shapeInBatch(shared)) === 1 ? SPARSE_HINT : '';
  expectShape('target', name, targetShape(loss, shape), shapeInBatch(shared), hint);
  return shared;
}

/** Shape of a sample in a batch. */
function shapeInBatch({ shape, oneHot }: SharedArray): Shape {
  return oneHot === null ? shape : [oneHot];
}

/** Whether a target is integer class indices, such as those of a data set or an int32 tensor. */
function isLabels(value: SharedArray): boolean {
  return sizeOf(value.shape) === 1 && value.oneHot === null && !(value.values instanceof Float32Array);
}

/**
 * Checks that all inputs and targets of a group have the same number of samples.
 * @throws EnsembleError `SAMPLE_COUNT` naming the inputs and targets with their numbers of samples
 * @returns the number of samples of each group, in the plan's order
 */
export function countSamples(plan: EnsemblePlan, inputs: BoundData, targets: BoundData): number[] {
  return plan.groups.map((group) => {
    const ends = endsOf(group, inputs, targets);
    const [first] = ends;
    const samples = first?.samples ?? 0;
    if (ends.some((end) => end.samples !== samples)) {
      throw new EnsembleError(
        'SAMPLE_COUNT',
        `Expected all inputs and targets of a group to have the same number of samples. Received: ` +
          ends.map((end) => `${end.role} ${quoted([end.name])} ${end.samples}`).join(', ') +
          '. (Members that share neither an input nor an output with the others may have data of another length.)',
      );
    }
    return samples;
  });
}

function endsOf(
  group: GroupPlan,
  inputs: BoundData,
  targets: BoundData,
): { role: string; name: string; samples: number }[] {
  const find = (
    role: string,
    names: readonly string[],
    bound: BoundData,
  ): { role: string; name: string; samples: number }[] =>
    names.flatMap((name) => {
      const value = bound[name];
      return value === undefined ? [] : [{ role, name, samples: value.samples }];
    });
  return [...find('input', group.inputs, inputs), ...find('target', group.outputs, targets)];
}

/** Turns one value, a list in order, or a record by name into a record that has every name. */
function byName(
  role: 'input' | 'target',
  given: PerEnd<string, DataValue>,
  names: readonly string[],
): Readonly<Record<string, DataValue>> {
  const plural = `${role}s`;
  if (isDataValue(given) || Array.isArray(given)) {
    const list = (Array.isArray(given) ? given : [given]) as readonly DataValue[];
    if (list.length !== names.length) {
      throw new EnsembleError(
        'MISSING_DATA',
        `Expected a value for each of the ${names.length} ${plural} ${quoted(names)}, as a list in this order or a record by name. ` +
          `Received: ${list.length === 1 ? 'one value' : `${list.length} values`}`,
      );
    }
    return Object.fromEntries(names.map((name, i) => [name, valueOf(list, i)]));
  }
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw new EnsembleError(
      'INVALID_DATA',
      `Expected the ${plural} to be a tensor, a typed array with a shape, a list or a record by name (${quoted(names)}). ` +
        `Received: ${show(given)}`,
    );
  }
  const record = given as Readonly<Record<string, DataValue>>;
  const unknown = Object.keys(record).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new EnsembleError(
      role === 'input' ? 'UNKNOWN_INPUT' : 'UNKNOWN_OUTPUT',
      `Received ${role === 'input' ? 'an input' : 'a target'} for ${quoted(unknown)}, but the ${role === 'input' ? 'inputs' : 'outputs'} are ${quoted(names)}.`,
    );
  }
  const missing = names.filter((name) => record[name] === undefined);
  if (missing.length > 0) {
    throw new EnsembleError(
      'MISSING_DATA',
      `Expected a value for each of the ${plural} ${quoted(names)}. Missing: ${quoted(missing)}`,
    );
  }
  return record;
}

/** The value of a key. {@link byName} has checked that it exists. */
function valueOf<Key extends string | number>(values: Readonly<Partial<Record<Key, DataValue>>>, key: Key): DataValue {
  const value = values[key];
  if (value === undefined) throw new EnsembleError('MISSING_DATA', `Expected a value for ${key}.`);
  return value;
}

function expectShape(role: string, name: string, expected: Shape, received: Shape, hint = ''): void {
  if (sameShape(expected, received)) return;
  // As in Keras, a target with one number for each sample may have the shape [samples] or [samples, 1].
  if (role === 'target' && sizeOf(expected) === 1 && sizeOf(received) === 1) return;
  const text = (shape: Shape): string => `[samples${shape.map((size) => `, ${size}`).join('')}]`;
  throw new EnsembleError(
    'SHAPE_MISMATCH',
    `Expected the ${role} ${quoted([name])} to have the shape ${text(expected)}. Received: ${text(received)}.${hint}`,
  );
}
