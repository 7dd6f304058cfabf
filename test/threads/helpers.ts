import * as tf from '@tensorflow/tfjs';
import { setEnvironmentData } from 'node:worker_threads';
import { mnist } from 'tfjs-ensemble/data';
import type { SharedArray } from 'tfjs-ensemble';
import { TRAP, Trap, type TrapSettings } from './trap.js';

export const SETUP = new URL('./trap.js', import.meta.url);

export interface NetOptions {
  readonly filters?: number;
  readonly units?: number;
  readonly rate?: number;
  readonly seed?: number;
  /** Puts a {@link Trap} before the last layer. */
  readonly trap?: boolean;
}

/** The reference CNN, smaller unless told otherwise. */
export function cnn(
  name: string,
  { filters = 4, units = 8, rate = 0, seed = 1, trap = false }: NetOptions = {},
): tf.Sequential {
  const own = 1000 * seed + 10 * Number(name.slice(-1));
  const initializer = (i: number) => tf.initializers.glorotUniform({ seed: own + i });
  return tf.sequential({
    name,
    layers: [
      tf.layers.conv2d({
        inputShape: [28, 28, 1],
        filters,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: initializer(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate, name: 'student_feature1' }),
      tf.layers.flatten(),
      tf.layers.dense({ units, activation: 'relu', name: 'student_feature2', kernelInitializer: initializer(2) }),
      ...(trap ? [new Trap({ name: `${name}_trap` })] : []),
      tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: initializer(3) }),
    ],
  });
}

/** Tells the traps of threads that are started from now on what to do. */
export function setTrap(action: TrapSettings['action'], at = 1): Int32Array {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData(TRAP, { action, at, gate } satisfies TrapSettings);
  return gate;
}

export function openGate(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

export interface Digits {
  readonly x: SharedArray;
  readonly y: SharedArray;
}

/** Real digits. */
export async function digits(limit: number, options: { skip?: number; rotate?: 90 } = {}): Promise<Digits> {
  return mnist('train', { limit, ...options });
}

/** All weights of a model as plain numbers, for comparison bit by bit. */
export function weightsOf(model: tf.LayersModel): number[][] {
  return model.getWeights().map((weight) => [...weight.dataSync<'float32'>()]);
}
