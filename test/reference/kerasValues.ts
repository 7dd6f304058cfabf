import { readFileSync } from 'node:fs';
import type { LogitsActivation, Named, Shape } from '../../src/protocol/plan.js';
import type { OptimizerConfig } from '../../src/train/optimizers/registry.js';
import type { LossName } from '../../src/train/losses/registry.js';

/** Written by scripts/record_keras_values.py. */
export interface KerasValues {
  readonly losses: readonly {
    readonly name: string;
    readonly loss: LossName;
    /** The activation whose logits `y` are; null where `y` are outputs. */
    readonly logits: LogitsActivation | null;
    readonly shape: Shape;
    readonly rows: number;
    readonly target: readonly number[];
    readonly y: readonly number[];
    readonly value: number;
    /** ∂value/∂y */
    readonly gradient: readonly number[];
  }[];
  readonly accuracy: readonly {
    readonly name: string;
    readonly targetShape: Shape;
    readonly shape: Shape;
    readonly rows: number;
    readonly target: readonly number[];
    readonly y: readonly number[];
    readonly value: number;
  }[];
  readonly optimizers: readonly {
    readonly name: string;
    /** Options that are not Keras's defaults. */
    readonly config: Pick<OptimizerConfig, 'optimizer'> & Readonly<Record<string, unknown>>;
    readonly weights: readonly number[];
    readonly gradients: readonly (readonly number[])[];
    /** Weights after each step. */
    readonly after: readonly (readonly number[])[];
  }[];
  readonly schedules: readonly {
    readonly name: string;
    readonly config: Named<'schedule'>;
    readonly iterations: readonly number[];
    /** Of each iteration. */
    readonly rates: readonly number[];
  }[];
}

export const kerasValues = JSON.parse(
  readFileSync(new URL('../fixtures/keras-values.json', import.meta.url), 'utf8'),
) as KerasValues;
