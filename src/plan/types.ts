import type * as tf from '@tensorflow/tfjs';
import type { DataValue } from '../data/value.js';
import type { MergeSpec } from '../merge/spec.js';
import type { Named } from '../protocol/plan.js';
import type { LossName } from '../train/losses/registry.js';
import type { MetricName } from '../train/metrics/registry.js';
import type { OptimizerName } from '../train/optimizers/registry.js';

/** A sub-network of the ensemble. */
export interface MemberSpec {
  /** A model with one output, and with as many inputs as `input` names. Two members can't share a layer. */
  readonly model: tf.LayersModel;
  /**
   * The name of the ensemble's input that feeds the model. For a model with several inputs, a list of names in their order.
   * @defaultValue `'input'`
   */
  readonly input?: string | readonly string[];
  /** The member's own optimizer. @defaultValue the optimizer of `compile` */
  readonly optimizer?: OptimizerOption;
}

/** Members by name. The order of the ensemble's inputs is the order in which members name them first. */
export type MemberSpecs = Readonly<Record<string, MemberSpec>>;
/** Outputs by name, in order. */
export type OutputSpecs<Member extends string> = Readonly<Record<string, MergeSpec<Member>>>;

/** The specification of an ensemble. */
export interface EnsembleSpec<Members extends MemberSpecs, Outputs extends OutputSpecs<string>> {
  readonly members: Members;
  readonly outputs: Outputs;
  /** A module that registers custom layers, as a URL or a file's path. Every worker thread imports it. @defaultValue none */
  readonly setup?: URL | string;
}

/** The names of the members' inputs; `'input'` for a member that names none. Any string if the type has no members' names. */
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
 * A value for each of several inputs or outputs: one value, a list in their order, or a record by name.
 */
export type PerEnd<Name extends string, Value> = Value | readonly Value[] | Readonly<Record<Name, Value>>;

/** Options of `compile`. */
export interface CompileOptions<Output extends string> {
  /** The optimizer of the members that have none of their own. */
  readonly optimizer: OptimizerOption;
  /** One loss for all outputs, or one for each. */
  readonly loss: PerEnd<Output, LossOption>;
  /** Factors of the outputs' losses in the total loss. @defaultValue 1 each */
  readonly lossWeights?: readonly number[] | Readonly<Partial<Record<Output, number>>>;
  /** Metrics of all outputs, or of each output by name. @defaultValue none */
  readonly metrics?:
    MetricOption | readonly MetricOption[] | Readonly<Partial<Record<Output, MetricOption | readonly MetricOption[]>>>;
}

/** An optimizer: its name, which gives it default options, or the result of a function such as `adam()`. */
export type OptimizerOption = OptimizerName | Named<'optimizer'>;
/** A loss: its name, which gives it default options, or the result of a function such as `losses.meanSquaredError()`. */
export type LossOption = LossName | Named<'loss'>;
/** A metric: its name, which gives it default options, or the result of a function such as `metrics.accuracy()`. */
export type MetricOption = MetricName | Named<'metric'>;

/** Data for the inputs: one value, a list in the order of the plan's inputs, or a record by name. */
export type Inputs<Name extends string> = PerEnd<Name, DataValue>;
/**
 * Data for the outputs: one value, a list in the order of the outputs, or a record by name. `sparseCategoricalCrossentropy` takes class
 * indices. `categoricalCrossentropy` takes one-hot rows. It also takes integer class indices `[samples]` (a `Uint8Array`, an `int32` tensor,
 * the `y` of a data set), which become one-hot rows batch by batch.
 */
export type Targets<Name extends string> = PerEnd<Name, DataValue>;
