import type * as tf from '@tensorflow/tfjs';
import type { DataValue } from '../data/value.js';
import type { MergeSpec } from '../merge/spec.js';
import type { Named } from '../protocol/plan.js';
import type { LossName } from '../train/losses/registry.js';
import type { MetricName } from '../train/metrics/registry.js';
import type { OptimizerName } from '../train/optimizers/registry.js';

/** A sub-network of the ensemble. */
export interface MemberSpec {
  /** One output; as many inputs as `input` names. No layer may be in two members' models. */
  readonly model: tf.LayersModel;
  /**
   * The input of the ensemble that feeds the model; a list for a model with several inputs, in their order.
   * @defaultValue `'input'`
   */
  readonly input?: string | readonly string[];
  /** An optimizer of the member's own. @defaultValue the one given to `compile` */
  readonly optimizer?: OptimizerOption;
}

/** Members by name; inputs come in the order in which members name them first. */
export type MemberSpecs = Readonly<Record<string, MemberSpec>>;
/** Outputs by name, in order. */
export type OutputSpecs<Member extends string> = Readonly<Record<string, MergeSpec<Member>>>;

/** What an ensemble is made of. */
export interface EnsembleSpec<Members extends MemberSpecs, Outputs extends OutputSpecs<string>> {
  readonly members: Members;
  readonly outputs: Outputs;
  /** Module that registers custom layers, as a URL or a file's path; every worker thread imports it. */
  readonly setup?: URL | string;
}

/** Names of the inputs that members name, `'input'` where they name none; any string where members are not known by name. */
export type InputName<Members extends MemberSpecs> = string extends keyof Members
  ? string
  : {
      [Member in keyof Members]: Members[Member] extends {
        readonly input: infer Input extends string | readonly string[];
      }
        ? Input extends readonly string[]
          ? Input[number]
          : Input
        : 'input';
    }[keyof Members];

/**
 * A value for each of several named ends: one value where there is one end, a list in the order of the ends, or a record
 * by name.
 */
export type PerEnd<Name extends string, Value> = Value | readonly Value[] | Readonly<Record<Name, Value>>;

/** How an ensemble is trained: what `compile` takes. */
export interface CompileOptions<Output extends string> {
  /** Of members that have none of their own. */
  readonly optimizer: OptimizerOption;
  /** One loss for all outputs, or one each. */
  readonly loss: PerEnd<Output, LossOption>;
  /** Factors of the outputs' losses in the total loss. @defaultValue 1 each */
  readonly lossWeights?: readonly number[] | Readonly<Partial<Record<Output, number>>>;
  /** Metrics of all outputs, or of each output by name. @defaultValue none */
  readonly metrics?:
    MetricOption | readonly MetricOption[] | Readonly<Partial<Record<Output, MetricOption | readonly MetricOption[]>>>;
}

/** An optimizer by its name, with its defaults, or what a function such as `adam()` returns. */
export type OptimizerOption = OptimizerName | Named<'optimizer'>;
/** A loss by its name, with its defaults, or what a function such as `losses.meanSquaredError()` returns. */
export type LossOption = LossName | Named<'loss'>;
/** A metric by its name, with its defaults, or what a function such as `metrics.accuracy()` returns. */
export type MetricOption = MetricName | Named<'metric'>;

/** Data for the inputs: one value, a list in the order of the plan's inputs, or a record by name. */
export type Inputs<Name extends string> = PerEnd<Name, DataValue>;
/**
 * Data for the outputs: one value, a list in the order of the outputs, or a record by name. `sparseCategoricalCrossentropy` takes
 * class indices; `categoricalCrossentropy` takes one-hot rows, and also integer class indices `[samples]` (a `Uint8Array`, an
 * `int32` tensor, a data set's `y`), which are made one-hot batch by batch.
 */
export type Targets<Name extends string> = PerEnd<Name, DataValue>;
