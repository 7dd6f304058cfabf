import { addEach, clip, log, logSumExp, normalise } from './ops.js';
import { size, type Dims, type Node, type Tape } from './tape.js';

/**
 * Bounds of a clipped probability: Keras's `backend.epsilon()` and 1 − ε. They are float32 there, and by the upper one that
 * matters: 1 − ε is 1 − 1.19e-7, whose logarithm in a binary loss is −15.94 and not −16.12.
 */
const LOWEST = Math.fround(1e-7);
const HIGHEST = Math.fround(1 - 1e-7);

/**
 * A loss as Keras 3 has it: a mean over the batch and all axes but the last, which the loss itself takes care of. As there
 * (`_get_logits`), an output that is the very result of a softmax or sigmoid is judged by its logits, whichever of the two
 * it was; any other is normalised and clipped.
 * @param targets classes for the sparse loss, else as many numbers as the output has
 */
export function lossNode(tape: Tape, loss: string, output: Node, targets: ArrayLike<number>): Node {
  const width = output.shape.at(-1) ?? 1;
  const { logits } = output;
  const expected = loss === 'sparseCategoricalCrossentropy' ? output.value.length / width : output.value.length;
  if (targets.length !== expected)
    throw new RangeError(`expected ${expected} targets for ${loss}, got ${targets.length}`);
  const clipped = (probabilities: Node): Node => clip(tape, probabilities, LOWEST, HIGHEST);
  switch (loss) {
    case 'categoricalCrossentropy':
      return logits
        ? softmaxCrossEntropy(tape, logits, targets)
        : weightedLog(tape, log(tape, clipped(normalise(tape, output))), targets);
    case 'sparseCategoricalCrossentropy':
      return softmaxCrossEntropy(tape, logits ?? log(tape, clipped(output)), oneHot(targets, width));
    case 'binaryCrossentropy':
      return logits ? sigmoidCrossEntropy(tape, logits, targets) : binaryLog(tape, clipped(output), targets);
    case 'meanSquaredError':
      return squaredError(tape, output, targets);
    default:
      throw new RangeError(`the reference has no loss ${loss}`);
  }
}

export function oneHot(classes: ArrayLike<number>, width: number): Float64Array {
  const targets = new Float64Array(classes.length * width);
  for (let row = 0; row < classes.length; row++) targets[row * width + (classes[row] ?? 0)] = 1;
  return targets;
}

/** A mean over `count` of `term(i)`, summed over elements; `slope(i)` is ∂term/∂x[i]. */
function meanOf(tape: Tape, x: Node, count: number, term: (i: number) => number, slope: (i: number) => number): Node {
  let sum = 0;
  for (let i = 0; i < x.value.length; i++) sum += term(i);
  return tape.record(Float64Array.of(sum / count), [], [x], ([d = 0]) => {
    addEach(x, (i) => (d * slope(i)) / count);
  });
}

/** −Σ t · log softmax(z), a mean over rows. The gradient is TensorFlow's: softmax(z) − t, which takes Σt = 1 for granted. */
function softmaxCrossEntropy(tape: Tape, z: Node, t: ArrayLike<number>): Node {
  const width = z.shape.at(-1) ?? 1;
  const rows = z.value.length / width;
  const logSums = Float64Array.from({ length: rows }, (_, row) => logSumExp(z.value, row * width, width));
  const logProbability = (i: number): number => (z.value[i] ?? 0) - (logSums[Math.floor(i / width)] ?? 0);
  return meanOf(
    tape,
    z,
    rows,
    (i) => -(t[i] ?? 0) * logProbability(i),
    (i) => Math.exp(logProbability(i)) - (t[i] ?? 0),
  );
}

/** −Σ t · l over a row, a mean over rows, where l are logarithms already. */
function weightedLog(tape: Tape, l: Node, t: ArrayLike<number>): Node {
  const rows = l.value.length / (l.shape.at(-1) ?? 1);
  return meanOf(
    tape,
    l,
    rows,
    (i) => -(t[i] ?? 0) * (l.value[i] ?? 0),
    (i) => -(t[i] ?? 0),
  );
}

/** −t · log σ(z) − (1 − t) · log(1 − σ(z)) = max(z, 0) − z·t + log(1 + e^−|z|), a mean over elements. */
function sigmoidCrossEntropy(tape: Tape, z: Node, t: ArrayLike<number>): Node {
  const at = (i: number): number => z.value[i] ?? 0;
  const term = (i: number): number => Math.max(at(i), 0) - at(i) * (t[i] ?? 0) + Math.log1p(Math.exp(-Math.abs(at(i))));
  return meanOf(tape, z, z.value.length, term, (i) => 1 / (1 + Math.exp(-at(i))) - (t[i] ?? 0));
}

/** −t · log p − (1 − t) · log(1 − p), a mean over elements. */
function binaryLog(tape: Tape, p: Node, t: ArrayLike<number>): Node {
  const at = (i: number): number => p.value[i] ?? 0;
  const term = (i: number): number => -(t[i] ?? 0) * Math.log(at(i)) - (1 - (t[i] ?? 0)) * Math.log(1 - at(i));
  return meanOf(tape, p, p.value.length, term, (i) => (1 - (t[i] ?? 0)) / (1 - at(i)) - (t[i] ?? 0) / at(i));
}

function squaredError(tape: Tape, y: Node, t: ArrayLike<number>): Node {
  const difference = (i: number): number => (y.value[i] ?? 0) - (t[i] ?? 0);
  return meanOf(
    tape,
    y,
    y.value.length,
    (i) => difference(i) ** 2,
    (i) => 2 * difference(i),
  );
}

/**
 * How many samples are right, as Keras's metric `accuracy` counts: by a threshold of one half where an output has one
 * element, by the largest element otherwise.
 * @param sampleTargets numbers in one sample's target: 1 for a class
 */
export function countRight(
  output: Float64Array,
  shape: Dims,
  targets: ArrayLike<number>,
  sampleTargets: number,
): number {
  const width = size(shape.slice(1));
  let right = 0;
  for (let row = 0; row * width < output.length; row++) {
    if (width === 1) right += Number((output[row] ?? 0) > 0.5) === targets[row] ? 1 : 0;
    else {
      const wanted = sampleTargets === 1 ? targets[row] : argMax(targets, row * width, width);
      right += argMax(output, row * width, width) === wanted ? 1 : 0;
    }
  }
  return right;
}

function argMax(values: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if ((values[start + i] ?? 0) > (values[start + best] ?? 0)) best = i;
  return best;
}
