import type { Shape } from '../../../protocol/plan.js';
import { sameShape, sizeOf } from '../../../protocol/shape.js';
import { NotCovered } from '../network.js';
import { FLOAT, rowOf, type Op } from '../program.js';
import { both, onlyInput, Options, type CompiledLayer, type LayerSetup } from './layer.js';

/** A dimension of what is moved: how many numbers, and how far they are from each other in the input and in the output. */
interface Way {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** Takes all numbers of an input, along up to three dimensions, to places in the output of which the first is `first`. */
interface Move {
  readonly input: number;
  readonly first: number;
  readonly ways: readonly Way[];
}

/** What a move that has fewer dimensions is filled up with, in front. */
const NO_WAY: Way = { count: 1, from: 0, to: 0 };

/** A layer that gives numbers of its inputs other places. Its gradient goes the same ways back. */
function compileMoves(setup: LayerSetup, shape: Shape, moves: readonly Move[]): CompiledLayer {
  const { runtime, inputs, inputGradients } = setup;
  // What no move leads to is never written, and stays 0.
  const output = setup.output(shape);
  const compiled = moves.map(({ input, first, ways }, i) => {
    const three = [NO_WAY, NO_WAY, ...ways].slice(-3);
    return {
      counts: three.map(({ count }) => count),
      address: inputs[input]?.address ?? 0,
      gradient: inputGradients[input] ?? 0,
      size: inputs[input]?.size ?? 0,
      from: three.map(({ from }) => from * FLOAT),
      first: first * FLOAT,
      to: three.map(({ to }) => to * FLOAT),
      accumulate: moves.slice(0, i).some((earlier) => earlier.input === input) ? 1 : 0,
    };
  });
  const forward: Op = {
    each: 'row',
    run(row) {
      const y = rowOf(output.address, row, output.size);
      for (const { counts, address, size, from, first, to } of compiled) {
        runtime.kernels.copyStrided(...counts, rowOf(address, row, size), ...from, y + first, ...to, 0);
      }
    },
  };
  const backward: Op = {
    each: 'row',
    run(row) {
      const dy = rowOf(output.gradient, row, output.size);
      for (const { counts, gradient, size, from, first, to, accumulate } of compiled) {
        if (gradient === 0) continue;
        runtime.kernels.copyStrided(...counts, dy + first, ...to, rowOf(gradient, row, size), ...from, accumulate);
      }
    },
  };
  return { output, ...both([forward]), backward: [backward] };
}

export function compileZeroPadding(setup: LayerSetup): CompiledLayer {
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
    ways: [
      { count: height, from: width * channels, to: outputWidth * channels },
      { count: width * channels, from: 1, to: 1 },
    ],
  };
  return compileMoves(setup, [top + height + bottom, outputWidth, channels], [move]);
}

/** UpSampling2D, where each pixel becomes a block of equal ones. */
export function compileUpSampling(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  const options = new Options(setup.node);
  options.expect('data_format', 'channels_last');
  options.expect('interpolation', 'nearest');
  const [blockHeight = 2, blockWidth = 2] = options.numbers('size', 2, 2);
  const [height = 1, width = 1, channels = 1] = input.shape;
  const outputRow = width * blockWidth * channels;
  // A move for each place in the blocks.
  const moves = Array.from({ length: blockHeight * blockWidth }, (_, place): Move => {
    const [y, x] = [Math.floor(place / blockWidth), place % blockWidth];
    return {
      input: 0,
      first: y * outputRow + x * channels,
      ways: [
        { count: height, from: width * channels, to: blockHeight * outputRow },
        { count: width, from: channels, to: blockWidth * channels },
        { count: channels, from: 1, to: 1 },
      ],
    };
  });
  return compileMoves(setup, [height * blockHeight, width * blockWidth, channels], moves);
}

/** Permute of up to three dimensions. */
export function compilePermute(setup: LayerSetup): CompiledLayer {
  const { input } = onlyInput(setup);
  const options = new Options(setup.node);
  const rank = input.shape.length;
  if (rank > 3) options.refuse('dims');
  const dimensions = options.numbers('dims', rank, 1).map((dimension) => dimension - 1);
  const shape = dimensions.map((dimension) => input.shape[dimension] ?? 1);
  const [from, to] = [stepsOf(input.shape), stepsOf(shape)];
  const ways = dimensions.map((dimension, i): Way => ({
    count: shape[i] ?? 1,
    from: from[dimension] ?? 0,
    to: to[i] ?? 0,
  }));
  // Along the last one, numbers go to neighbours; before it the one along which they are neighbours, for the kernel's sake.
  const others = ways.slice(0, -1).toSorted((a, b) => b.from - a.from);
  const move: Move = { input: 0, first: 0, ways: [...others, ...ways.slice(-1)] };
  return compileMoves(setup, shape, [move]);
}

export function compileConcatenate(setup: LayerSetup): CompiledLayer {
  const { node, inputs } = setup;
  const options = new Options(node);
  const shape = inputs[0]?.shape ?? [];
  const given = options.number('axis', -1);
  // A positive axis counts the batch's.
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
    const ways: Way[] = [
      { count: sizeOf(outer), from: run, to: length * sizeOf(inner) },
      { count: run, from: 1, to: 1 },
    ];
    const move: Move = { input: i, first, ways };
    first += run;
    return move;
  });
  return compileMoves(setup, [...outer, length, ...inner], moves);
}

/** From a number to its neighbour along each dimension. */
function stepsOf(shape: Shape): number[] {
  return shape.map((_, dimension) => sizeOf(shape.slice(dimension + 1)));
}

type Pair = readonly [number, number];

function isPairOfPairs(value: unknown): value is readonly [Pair, Pair] {
  const isPair = (item: unknown, test: (part: unknown) => boolean): boolean =>
    Array.isArray(item) && item.length === 2 && item.every(test);
  return isPair(value, (item) => isPair(item, (part) => typeof part === 'number'));
}
