import * as tf from '@tensorflow/tfjs';
import { EnsembleError } from '../../errors.js';
import type { TfjsEngineName } from './backend.js';
import { sizeOf } from '../../protocol/shape.js';
import { normalNoise, type NoisePlace } from '../../random/noise.js';
import { deriveKey, type Key } from '../../random/philox.js';
import type { PlacedLayer } from '../../model/layers.js';
import { dropoutMask } from './dropoutMask.js';
import { internalsOf, onlyTensor, type LayerInternals } from './layers.js';
import type { StepLog } from './tensorflow/stepLog.js';

/** Fills `out` with the random numbers of a place. */
type Draw = (out: Float32Array, place: NoisePlace) => void;
/** A layer's call in training mode, with noise from the stream. */
type NoisyCall = (x: tf.Tensor, noise: NoiseStream, layer: LayerInternals) => tf.Tensor;

/** The noise of a member: one stream for each layer that draws noise. */
export class MemberNoise {
  readonly #streams: NoiseStream[] = [];

  /**
   * Makes all layers with noise use this package's generator in training mode.
   * @throws EnsembleError `ENGINE_UNAVAILABLE` for a layer whose noise can't be replaced
   */
  constructor(member: string, layers: readonly PlacedLayer[], engine: TfjsEngineName, log: StepLog) {
    for (const placed of layers) {
      checkNoise(member, placed, engine);
      const noisy = NOISY[placed.layer.getClassName()];
      if (noisy === undefined) continue;
      const stream = new NoiseStream(member, placed.place, log);
      this.#streams.push(stream);
      const internals = internalsOf(placed.layer);
      const plain = internals.call.bind(internals);
      const { rate = 0 } = internals;
      // In tfjs, a layer with a rate of 0 or 1 has no noise.
      internals.call = (inputs, args) =>
        args['training'] === true && (rate > 0 ? rate < 1 : internals.stddev !== undefined)
          ? tf.tidy(() => noisy(onlyTensor(inputs), stream, internals))
          : plain(inputs, args);
    }
  }

  /** @param iteration how many updates the member has done before this step */
  beginStep(seed: number, iteration: number): void {
    for (const stream of this.#streams) stream.beginStep(seed, iteration);
  }
}

/** The noise of one layer. If the layer is applied several times in a step, each application has other noise. */
class NoiseStream {
  #seed: number | null = null;
  #iteration = 0;
  #applications = 0;
  readonly #keys: Key[] = [];

  constructor(
    private readonly member: string,
    /** The layer's place. Its name is not used, because automatic names contain a counter, so the same model would have other noise. */
    private readonly place: string,
    private readonly log: StepLog,
  ) {}

  beginStep(seed: number, iteration: number): void {
    if (seed !== this.#seed) this.#keys.length = 0;
    this.#seed = seed;
    this.#iteration = iteration;
    this.#applications = 0;
  }

  /** @param shape the shape of the noise; the first dimension is the rows of the batch */
  draw(shape: readonly number[], draw: Draw): tf.Tensor {
    const [rows = 1, ...sample] = shape;
    const size = sizeOf(sample);
    const values = new Float32Array(rows * size);
    this.log.run(() => {
      draw(values, { key: this.#nextKey(), iteration: this.#iteration, firstRow: 0, rows, size });
    });
    return tf.tensor(this.log.input(values), [...shape], 'float32');
  }

  #nextKey(): Key {
    const application = this.#applications++;
    const parts = [this.member, this.place, ...(application > 0 ? [String(application)] : [])];
    return (this.#keys[application] ??= deriveKey(this.#seed ?? 0, 'noise', ...parts));
  }
}

const drop =
  (rate: number): Draw =>
  (out, place) => {
    dropoutMask(out, rate, place);
  };

const dropout: NoisyCall = (x, noise, layer) => {
  const { rate = 0 } = layer;
  return x.mul(noise.draw(layer.getNoiseShape?.(x) ?? x.shape, drop(rate)));
};

const gaussianNoise: NoisyCall = (x, noise, { stddev = 0 }) => x.add(noise.draw(x.shape, normalNoise).mul(stddev));

/** Multiplies by normal numbers with mean 1 (Srivastava et al. 2014, section 10). */
const gaussianDropout: NoisyCall = (x, noise, { rate = 0 }) =>
  x.mul(
    noise
      .draw(x.shape, normalNoise)
      .mul(Math.sqrt(rate / (1 - rate)))
      .add(1),
  );

/**
 * Dropped elements become α', and an affine map restores mean and variance: Klambauer et al., "Self-Normalizing Neural Networks" (2017). It is
 * the formula of Keras; tfjs 4.22 has the wrong sign of α'.
 */
const alphaDropout: NoisyCall = (x, noise, layer) => {
  const { rate = 0 } = layer;
  const alpha = -1.6732632423543772 * 1.0507009873554805;
  const scale = ((1 - rate) * (1 + rate * alpha ** 2)) ** -0.5;
  const kept = noise
    .draw(layer._getNoiseShape?.(x) ?? x.shape, drop(rate))
    .mul(1 - rate)
    .round();
  const dropped = tf.sub(1, kept).mul(alpha);
  return x
    .mul(kept)
    .add(dropped)
    .mul(scale)
    .add(-scale * alpha * rate);
};

const NOISY: Readonly<Record<string, NoisyCall>> = {
  Dropout: dropout,
  SpatialDropout1D: dropout,
  GaussianNoise: gaussianNoise,
  GaussianDropout: gaussianDropout,
  AlphaDropout: alphaDropout,
};

const CELLS: ReadonlySet<string> = new Set(['SimpleRNNCell', 'GRUCell', 'LSTMCell', 'ConvLSTM2DCell']);
const RANDOM_SIZES: ReadonlySet<string> = new Set(['RandomHeight', 'RandomWidth']);

/** Refuses layers that draw noise inside tfjs, because this noise would be different in each run. */
function checkNoise(member: string, { layer, path }: PlacedLayer, engine: TfjsEngineName): void {
  const className = layer.getClassName();
  const { dropout: rate = 0, recurrentDropout = 0 } = internalsOf(layer);
  const why = RANDOM_SIZES.has(className)
    ? `it resizes at random (${className})`
    : CELLS.has(className) && (rate > 0 || recurrentDropout > 0)
      ? `its \`dropout\` (${rate}) and \`recurrentDropout\` (${recurrentDropout}) are drawn inside the cell; set both to 0 and put a Dropout layer before it`
      : null;
  if (why === null) return;
  throw new EnsembleError(
    'ENGINE_UNAVAILABLE',
    `The engine "${engine}" can't train member "${member}" reproducibly because of layer "${path}": ${why}.`,
  );
}
