import { describe, expect, it } from 'vitest';
import { concatenate, direct, mean, sum } from '../../../src/merge/index.js';
import type {
  LogitsActivation,
  MemberPlan,
  MergeConfig,
  Objective,
  OutputPlan,
  Shape,
} from '../../../src/protocol/plan.js';
import type { LossName } from '../../../src/train/losses/registry.js';
import { sizeOf } from '../../../src/protocol/shape.js';
import type { MemberSlots, ThreadOutput } from '../../../src/protocol/thread.js';
import { Exchange, gradientPath } from '../../../src/train/exchange.js';
import { sumsLayout } from '../../../src/train/sums.js';
import { countRight, lossNode } from '../../reference/losses.js';
import { merge } from '../../reference/merges.js';
import { sigmoid, softmax, weightedSum } from '../../reference/ops.js';
import { Tape, variable, type Node } from '../../reference/tape.js';
import { numbers, worstError } from '../../reference/numeric.js';

/** Arrays are float32: a few roundings against the float64 reference. */
const REFERENCE_TOLERANCE = 2e-6;
const BATCH_SIZE = 5;

function member(name: string, logits: LogitsActivation | null, outputShape: Shape = [3]): MemberPlan {
  return { name, logits, outputShape, inputs: ['input'], inputShapes: [[4]], topology: {}, weights: [] };
}

function output(
  name: string,
  config: MergeConfig,
  members: readonly MemberPlan[],
  objective: Partial<Omit<Objective, 'loss' | 'metrics'> & { loss: LossName; metrics: 'accuracy'[] }> | null = {},
  shape: Shape = [3],
): ThreadOutput {
  const plan: OutputPlan = { name, merge: config, shape };
  if (objective === null) return { plan, objective, gradientThrough: null };
  const { loss = 'categoricalCrossentropy', lossWeight = 1, metrics = ['accuracy'] } = objective;
  const full: Objective = { loss: { loss }, lossWeight, metrics: metrics.map((metric) => ({ metric })) };
  return { plan, objective: full, gradientThrough: gradientPath(plan, members, full.loss) };
}

interface FullSlots extends MemberSlots {
  readonly outputGradient: Float32Array;
  readonly logits: Float32Array;
  readonly logitsGradient: Float32Array;
}

/** All slots, the gradients full of what an earlier step might have left. */
function allocate({ outputShape }: MemberPlan): FullSlots {
  const slot = (): Float32Array => new Float32Array(BATCH_SIZE * sizeOf(outputShape)).fill(7);
  return { output: slot(), outputGradient: slot(), logits: slot(), logitsGradient: slot() };
}

const slotsOf = (members: readonly MemberPlan[]): FullSlots[] => members.map(allocate);

describe('sums', () => {
  const members = [member('a', null), member('b', null)];
  const outputs = [
    output('x', direct('a'), members, { metrics: ['accuracy'] }),
    output('y', direct('b'), members, null),
    output('z', mean(['a', 'b']), members, { metrics: [] }),
  ];

  it('stand in the order of outputs: loss, then metrics', () => {
    expect(sumsLayout(outputs)).toMatchObject({
      length: 3,
      outputs: [{ loss: 0, metrics: [[1, 2]] }, null, { loss: 2, metrics: [] }],
    });
  });

  it('are added to', () => {
    const slots = slotsOf(members);
    for (const { output: y } of slots) y.fill(1 / 3);
    const sums = Float64Array.of(100, 200, 300);
    const target = Float32Array.of(1, 0, 0, 0, 1, 0);
    new Exchange({ outputs, members }, slots, BATCH_SIZE).run([target, null, target], 2, sums, false);
    expect(worstError(sums, [100 + 2 * Math.log(3), 201, 300 + 2 * Math.log(3)])).toBeLessThan(REFERENCE_TOLERANCE);
  });
});

describe('gradientPath', () => {
  const members = [member('soft', 'softmax'), member('sig', 'sigmoid'), member('plain', null)];
  it.each<{ config: MergeConfig; loss: LossName; path: LogitsActivation | null }>([
    { config: direct('soft'), loss: 'categoricalCrossentropy', path: 'softmax' },
    { config: direct('soft'), loss: 'sparseCategoricalCrossentropy', path: 'softmax' },
    { config: direct('sig'), loss: 'binaryCrossentropy', path: 'sigmoid' },
    // As Keras, whichever of the two activations it was.
    { config: direct('sig'), loss: 'categoricalCrossentropy', path: 'sigmoid' },
    { config: direct('soft'), loss: 'binaryCrossentropy', path: 'softmax' },
    { config: direct('soft'), loss: 'meanSquaredError', path: null },
    { config: direct('plain'), loss: 'categoricalCrossentropy', path: null },
    { config: mean(['soft']), loss: 'categoricalCrossentropy', path: null },
    { config: mean(['soft', 'sig']), loss: 'categoricalCrossentropy', path: null },
  ])('$config.merge of $config.members with $loss: $path', ({ config, loss, path }) => {
    expect(gradientPath({ name: 'out', merge: config, shape: [3] }, members, { loss })).toBe(path);
  });
});

describe('a group against the float64 reference', () => {
  /** Members a (softmax), b (sigmoid), c (linear); an output of each kind, all of them sharing members. */
  const members = [member('a', 'softmax'), member('b', 'sigmoid'), member('c', null)];
  const outputs = [
    output('merged', mean(['a', 'b']), members, { lossWeight: 0.5 }),
    output('logits', direct('a'), members, { loss: 'sparseCategoricalCrossentropy', lossWeight: 2 }),
    output('again', direct('a'), members, { loss: 'categoricalCrossentropy' }),
    output('bits', direct('b'), members, { loss: 'binaryCrossentropy', lossWeight: 0.25 }),
    output('linear', sum(['b', 'c']), members, { loss: 'meanSquaredError' }),
    output('wide', concatenate(['c', 'a']), members, { loss: 'meanSquaredError', lossWeight: 3 }, [6]),
  ];

  function example(rows: number): {
    slots: FullSlots[];
    nodes: Map<string, Node>;
    tape: Tape;
    targets: Float32Array[];
  } {
    const tape = new Tape();
    const nodes = new Map<string, Node>();
    const slots = slotsOf(members);
    for (const [i, { name, logits }] of members.entries()) {
      const z = variable(Float32Array.from(numbers(rows * 3, i + 1)), [rows, 3]);
      const y = logits === 'softmax' ? softmax(tape, z) : logits === 'sigmoid' ? sigmoid(tape, z) : z;
      nodes.set(name, y);
      slots[i]?.logits.set(z.value);
      slots[i]?.output.set(y.value);
    }
    const targets = outputs.map(({ plan, objective }, o) => {
      const width = sizeOf(plan.shape);
      const labels = numbers(rows, 20 + o).map((v) => Math.floor(((v + 1) / 2) * width));
      if (objective?.loss.loss === 'sparseCategoricalCrossentropy') return Float32Array.from(labels);
      if (objective?.loss.loss === 'meanSquaredError') return Float32Array.from(numbers(rows * width, 30 + o));
      return Float32Array.from({ length: rows * width }, (_, i) =>
        labels[Math.floor(i / width)] === i % width ? 1 : 0,
      );
    });
    return { slots, nodes, tape, targets };
  }

  it.each([{ rows: BATCH_SIZE }, { rows: 3 }])('has its losses, metrics and gradients: $rows rows', ({ rows }) => {
    const { slots, nodes, tape, targets } = example(rows);
    const group = new Exchange({ outputs, members }, slots, BATCH_SIZE);
    const sums = new Float64Array(sumsLayout(outputs).length);
    group.run(targets, rows, sums, true);

    const terms = outputs.map(({ plan, objective }, o) => {
      const parts = plan.merge.members.flatMap((name) => nodes.get(name) ?? []);
      const merged = merge(tape, plan.merge, parts);
      const target = targets[o] ?? new Float32Array(0);
      const loss = lossNode(tape, objective?.loss.loss ?? 'meanSquaredError', merged, target);
      const right = countRight(merged.value, merged.shape, target, target.length / rows);
      const count = rows * sizeOf(plan.shape);
      expect(worstError(group.merged[o]?.subarray(0, count) ?? [], merged.value)).toBeLessThan(REFERENCE_TOLERANCE);
      expect(worstError(sums.subarray(2 * o, 2 * o + 2), [(loss.value[0] ?? NaN) * rows, right])).toBeLessThan(
        REFERENCE_TOLERANCE,
      );
      return { node: loss, factor: objective?.lossWeight ?? NaN };
    });
    tape.backward(weightedSum(tape, terms));

    for (const [i, { name, logits }] of members.entries()) {
      const { outputGradient, logitsGradient } = slots[i] ?? allocate(member(name, logits));
      const y = nodes.get(name);
      const z = y?.logits ?? y;
      // All of the gradient at the logits: what came to them directly, and what came to the output.
      const back = new Tape();
      const again = variable(z?.value ?? [], [rows, 3]);
      const through = logits === 'softmax' ? softmax(back, again) : logits === 'sigmoid' ? sigmoid(back, again) : again;
      back.backward(through, outputGradient.subarray(0, rows * 3));
      const all = Array.from(again.grad ?? [], (v, e) => v + (logits === null ? 0 : (logitsGradient[e] ?? NaN)));
      expect(worstError(all, z?.grad ?? [])).toBeLessThan(REFERENCE_TOLERANCE);
      expect(outputGradient.subarray(rows * 3).every((v) => v === 0)).toBe(true);
      expect(logitsGradient.subarray(rows * 3).every((v) => v === 0)).toBe(true);
    }
  });

  it('leaves the gradients alone where none are asked for, with the same sums', () => {
    const { slots, targets } = example(3);
    const group = new Exchange({ outputs, members }, slots, BATCH_SIZE);
    const [evaluated, trained] = [
      new Float64Array(sumsLayout(outputs).length),
      new Float64Array(sumsLayout(outputs).length),
    ];
    group.run(targets, 3, evaluated, false);
    expect(slots.every(({ outputGradient }) => outputGradient.every((v) => v === 7))).toBe(true);
    expect(slots.every(({ logitsGradient }) => logitsGradient.every((v) => v === 7))).toBe(true);
    group.run(targets, 3, trained, true);
    expect(evaluated).toEqual(trained);
  });

  it('predicts without targets', () => {
    const { slots, targets } = example(3);
    const group = new Exchange({ outputs, members }, slots, BATCH_SIZE);
    const sums = new Float64Array(sumsLayout(outputs).length);
    group.run([], 3, sums, false);
    expect(sums.every((v) => v === 0)).toBe(true);
    const predicted = group.merged.map((merged) => merged.slice());
    group.run(targets, 3, sums, false);
    expect(group.merged).toEqual(predicted);
  });

  it('keeps a gradient at a loss of 80, where probabilities would have none', () => {
    const own = [member('a', 'softmax')];
    const outs = [output('out', direct('a'), own)];
    const slots = slotsOf(own);
    slots[0]?.logits.set([80, 0, 0]);
    slots[0]?.output.set([1, 0, 0]);
    const sums = new Float64Array(2);
    new Exchange({ outputs: outs, members: own }, slots, BATCH_SIZE).run([Float32Array.of(0, 1, 0)], 1, sums, true);
    expect(sums[0]).toBeCloseTo(80, 6);
    expect(worstError(slots[0]?.logitsGradient.subarray(0, 3) ?? [], [1, -1, 0])).toBeLessThan(REFERENCE_TOLERANCE);
  });
});

describe('what can go wrong', () => {
  const members = [member('a', null)];
  const outputs = [output('out', direct('a'), members, { loss: 'meanSquaredError' })];

  it.each([NaN, Infinity])('a loss of %s names the output', (value) => {
    const slots = slotsOf(members);
    slots[0]?.output.fill(value);
    const group = new Exchange({ outputs, members }, slots, BATCH_SIZE);
    const sums = new Float64Array(2);
    expect(() => {
      group.run([new Float32Array(3)], 1, sums, true);
    }).toThrow(
      expect.objectContaining({
        code: 'LOSS_NOT_FINITE',
        message: expect.stringContaining('Expected the loss of output "out" to be finite.') as string,
      }),
    );
    expect([...sums]).toEqual([0, 0]);
  });

  it('a missing slot is found before the run', () => {
    const slots = members.map((each) => ({ ...allocate(each), outputGradient: null }));
    expect(() => new Exchange({ outputs, members }, slots, BATCH_SIZE)).toThrow('Output out needs a slot');
    expect(() => new Exchange({ outputs, members: [] }, [], BATCH_SIZE)).toThrow('which has no place in its group');
  });
});
