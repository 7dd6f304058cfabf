import * as tf from '@tensorflow/tfjs';

export const TRAP: string;

export interface TrapSettings {
  /** Number of the training call, from 1, at which the trap springs. */
  readonly at: number;
  readonly action: 'none' | 'slow' | 'throw' | 'exit' | 'wait' | 'hang' | 'throw when idle' | 'exit when idle';
  readonly gate: Int32Array;
}

export class Trap extends tf.layers.Layer {}
