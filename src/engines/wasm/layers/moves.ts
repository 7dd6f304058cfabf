import type { Shape } from '../../../protocol/plan.js';
import { sameShape, sizeOf } from '../../../protocol/shape.js';
import { at, FLOAT, NOWHERE, rowOf } from '../address.js';
import { NotCovered } from '../network.js';
import type { Op } from '../program.js';
import { defineLayer, both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

export const concatenate = defineLayer({
  classes: ['Concatenate'],
  summary: 'Inputs one after the other along an axis.',
  compile: compileConcatenate,
});

export const permute = defineLayer({
  classes: ['Permute'],
  summary: 'Axes in another order.',
  compile: compilePermute,
});

export const upSampling = defineLayer({
  classes: ['UpSampling2D'],
  summary: 'Each pixel repeated (nearest).',
  compile: compileUpSampling,
});

export const zeroPadding = defineLayer({
  classes: ['ZeroPadding2D'],
  summary: 'Zeros around an image.',
  compile: compileZeroPadding,
});

/** An axis of a move: a count, and the distances between neighbours in the input and in the output, all in numbers. */
interface MoveAxis {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** Copies all numbers of an input, along up to three axes, to the output from its number `first` on. */
interface Move {
  readonly input: number;
  readonly first: number;
  readonly axes: readonly MoveAxis[];
}

/** Pads a move to three axes. */
const UNIT_AXIS: MoveAxis = { count: 1, from: 0, to: 0 };

/** A layer that moves the numbers of its inputs to other places. Its gradient makes the same moves backwards. */
function compileMoves(setup: LayerSetup, shape: Shape, moves: readonly Move[]): CompiledLayer {
  const { runtime, inputs, inputGradients } = setup;
  // Numbers to which nothing is moved are never written and stay 0.
  const output = setup.output(shape);
  const compiled = moves.map(({ input, first, axes }, i) => ({
    counts: three(axes, ({ count }) => count),
    address: inputs[input]?.address ?? NOWHERE,
    gradient: inputGradients[input] ?? NOWHERE,
    size: inputs[input]?.size ?? 0,
    from: three(axes, ({ from }) => from * FLOAT),
    first: first * FLOAT,
    to: three(axes, ({ to }) => to * FLOAT),
    accumulate: moves.slice(0, i).some((earlier) => earlier.input === input) ? (1 as const) : (0 as const),
  }));
  const forward: Op = {
    each: 'row',
    run(row) {
      const y = rowOf(output.address, row, output.size);
      for (const { counts, address, size, from, first, to } of compiled) {
        runtime.kernels.copyStrided(...counts, rowOf(address, row, size), ...from, at(y, first), ...to, 0);
      }
    },
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      const dy = rowOf(output.gradient, row, output.size);
      for (const { counts, gradient, size, from, first, to, accumulate } of compiled) {
        if (gradient === NOWHERE) continue;
        runtime.kernels.copyStrided(...counts, at(dy, first), ...to, rowOf(gradient, row, size), ...from, accumulate);
      }
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}

/** A property of each of the last three axes of a move. */
function three(axes: readonly MoveAxis[], property: (axis: MoveAxis) => number): [number, number, number] {
  const [a = UNIT_AXIS, b = UNIT_AXIS, c = UNIT_AXIS] = [UNIT_AXIS, UNIT_AXIS, ...axes].slice(-3);
  return [property(a), property(b), property(c)];
}

function compileZeroPadding(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  const options = new Options(setup.node);
  options.expect('data_format', 'channels_last');
  const { padding } = setup.node.config;
  if (!isPairOfPairs(padding)) return options.refuse('padding');
  const [[top, bottom], [left, right]] = padding;
  const [height = 1, width = 1, channels = 1] = input.shape;
  const outputWidth = left + width + right;
  const move: Move = {
    input: 0,
    first: (top * outputWidth + left) * channels,
    axes: [
      { count: height, from: width * channels, to: outputWidth * channels },
      { count: width * channels, from: 1, to: 1 },
    ],
  };
  return compileMoves(setup, [top + height + bottom, outputWidth, channels], [move]);
}

/** UpSampling2D: each pixel becomes a block of equal pixels. */
function compileUpSampling(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  const options = new Options(setup.node);
  options.expect('data_format', 'channels_last');
  options.expect('interpolation', 'nearest');
  const [blockHeight = 2, blockWidth = 2] = options.numbers('size', 2, 2);
  const [height = 1, width = 1, channels = 1] = input.shape;
  const outputRow = width * blockWidth * channels;
  // One move for each place in a block.
  const moves = Array.from({ length: blockHeight * blockWidth }, (_, place): Move => {
    const [y, x] = [Math.floor(place / blockWidth), place % blockWidth];
    return {
      input: 0,
      first: y * outputRow + x * channels,
      axes: [
        { count: height, from: width * channels, to: blockHeight * outputRow },
        { count: width, from: channels, to: blockWidth * channels },
        { count: channels, from: 1, to: 1 },
      ],
    };
  });
  return compileMoves(setup, [height * blockHeight, width * blockWidth, channels], moves);
}

/** Permute of up to three dimensions. */
function compilePermute(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  const options = new Options(setup.node);
  const rank = input.shape.length;
  if (rank > 3) options.refuse('dims');
  const dimensions = options.numbers('dims', rank, 1).map((dimension) => dimension - 1);
  const shape = dimensions.map((dimension) => input.shape[dimension] ?? 1);
  const [from, to] = [stepsOf(input.shape), stepsOf(shape)];
  const axes = dimensions.map((dimension, i): MoveAxis => ({
    count: shape[i] ?? 1,
    from: from[dimension] ?? 0,
    to: to[i] ?? 0,
  }));
  // The output's numbers are neighbours along the last axis. The input's are along the axis before it: the kernel is fast at that.
  const others = axes.slice(0, -1).toSorted((a, b) => b.from - a.from);
  const move: Move = { input: 0, first: 0, axes: [...others, ...axes.slice(-1)] };
  return compileMoves(setup, shape, [move]);
}

function compileConcatenate(setup: LayerSetup): CompiledLayer {
  const { node, inputs } = setup;
  const options = new Options(node);
  const shape = inputs[0]?.shape ?? [];
  const given = options.number('axis', -1);
  // Axis 0 is that of the batch.
  const axis = given < 0 ? shape.length + given : given - 1;
  if (axis < 0 || axis >= shape.length) options.refuse('axis');
  const outer = shape.slice(0, axis);
  const inner = shape.slice(axis + 1);
  const length = inputs.reduce((sum, input) => sum + (input.shape[axis] ?? 0), 0);
  let first = 0;
  const moves = inputs.map((input, i): Move => {
    const run = (input.shape[axis] ?? 0) * sizeOf(inner);
    if (!sameShape(input.shape, [...outer, input.shape[axis] ?? 0, ...inner])) {
      throw new NotCovered(`layer "${node.path}" (Concatenate) has inputs of shapes that don't fit`);
    }
    const axes: MoveAxis[] = [
      { count: sizeOf(outer), from: run, to: length * sizeOf(inner) },
      { count: run, from: 1, to: 1 },
    ];
    const move: Move = { input: i, first, axes };
    first += run;
    return move;
  });
  return compileMoves(setup, [...outer, length, ...inner], moves);
}

/** The distance between neighbours along each dimension. */
function stepsOf(shape: Shape): number[] {
  return shape.map((_, dimension) => sizeOf(shape.slice(dimension + 1)));
}

type Pair = readonly [number, number];

function isPairOfPairs(value: unknown): value is readonly [Pair, Pair] {
  const isPair = (item: unknown, test: (part: unknown) => boolean): boolean =>
    Array.isArray(item) && item.length === 2 && item.every(test);
  return isPair(value, (item) => isPair(item, (part) => typeof part === 'number'));
}
