import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import type { MergeConfig, Shape, WeightSpec } from '../protocol/plan.js';
import { attach, type Definition, type Factory, type OptionsOf, type ResolvedOptions } from '../registry/definition.js';
import { resolveOptions } from '../registry/options.js';
import { copyList, type MergeSpec } from './spec.js';

/** The part of TensorFlow.js that a merge needs to become layers. Passed in, so that threads need not load it. */
export type Layers = typeof tf.layers;

/** Plain data of a merge that was checked: its name, its members and all of its options. */
export type ResolvedMerge<Options extends z.ZodRawShape = z.ZodRawShape> = MergeConfig & ResolvedOptions<Options>;

/**
 * How members' outputs become one output. Arrays are row-major `[rows, size]`; `size` is the product of a shape.
 * A merge holds no state: configuration and arrays are passed in.
 */
export interface Merge<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
  Takes extends 'several' | 'one' = 'several' | 'one',
> extends Definition<Name, Options> {
  /** The number of members. The public function and YAML take a list of names for `several`, a name for `one`. */
  readonly takes: Takes;

  /**
   * Whether the output is the one member's output, unchanged. A loss may then go through the member's logits, and an output with the
   * member's name needs no layer of its own.
   * @defaultValue false
   */
  readonly passesThrough?: boolean;

  /**
   * A form of its own in YAML, in place of the members' names: a schema of what is written, and its transformation to members and options.
   * Every merge that has options can also be written as `{ members: [...], ...options }`.
   */
  readonly yaml?: MergeForm;

  /** A mistake that the options' schema does not see, or null. Options have passed the schema. */
  check?(config: ResolvedMerge<Options>): MergeProblem | null;

  /**
   * Weights of the merge's own, for members of these shapes. They come to {@link forward} and {@link backward} in this order.
   * Planning refuses a merge that has any, because no optimizer trains them.
   * @defaultValue none
   */
  weights?(config: ResolvedMerge<Options>, shapes: readonly Shape[]): readonly WeightSpec[];

  /**
   * The shape of the merged output, per sample.
   * @throws EnsembleError `SHAPE_MISMATCH` where the members' shapes can't be combined, naming the members.
   */
  outputShape(config: ResolvedMerge<Options>, shapes: readonly Shape[]): Shape;

  /** Writes the merged output of the batch's rows into `out`. */
  forward(batch: MergeBatch<Options>, out: Float32Array): void;

  /**
   * Adds ∂L/∂y_i to each `dys[i]`, and the gradients of the merge's own weights to `batch.weightGradients`.
   * @param dout ∂L/∂out
   */
  backward(batch: MergeBatch<Options>, dout: Float32Array, dys: readonly Float32Array[]): void;

  /** The standard layer (or layers) that stand for the merge in the assembled model; the last one is called `name`. */
  layer(
    config: ResolvedMerge<Options>,
    layers: Layers,
    name: string,
    ys: readonly tf.SymbolicTensor[],
  ): tf.SymbolicTensor;
}

/** One batch of an output's members, and everything else that a merge computes with. */
export interface MergeBatch<Options extends z.ZodRawShape = z.ZodRawShape> {
  readonly config: ResolvedMerge<Options>;
  /** The members' outputs, in the order of the members. Arrays may be longer than `rows` rows. */
  readonly ys: readonly Float32Array[];
  /** Shapes of the members' outputs, per sample. */
  readonly shapes: readonly Shape[];
  readonly rows: number;
  /** The merge's own weights, one after the other; empty where it has none. */
  readonly weights: Float32Array;
  /** ∂L/∂weights, in the same order. */
  readonly weightGradients: Float32Array;
}

/** A mistake in a merge's options. The message is: Expected output "NAME" `rule`. Received: `received`. */
export interface MergeProblem {
  readonly rule: string;
  readonly received: string;
}

/** A way to write a merge in YAML: a schema of what is written, piped to plain data. */
export type MergeForm = z.ZodPipe<z.ZodType, z.ZodType<WrittenMerge>>;

/** Members and options as they are read from YAML. */
export type WrittenMerge = { readonly members: readonly string[] } & Readonly<Record<string, unknown>>;

/** The public function of a merge of several members, such as `mean(['a', 'b'])`; options come last. */
type CreateFromMembers<Options extends z.ZodRawShape> = keyof Options extends never
  ? <const Member extends string>(members: readonly Member[]) => MergeSpec<Member>
  : <const Member extends string>(
      members: readonly Member[],
      ...options: OptionArguments<Options>
    ) => MergeSpec<Member>;

/** The public function of a merge of one member, such as `direct('a')`; options come last. */
type CreateFromMember<Options extends z.ZodRawShape> = keyof Options extends never
  ? <const Member extends string>(member: Member) => MergeSpec<Member>
  : <const Member extends string>(member: Member, ...options: OptionArguments<Options>) => MergeSpec<Member>;

/** Options may be left out where all have defaults. */
type OptionArguments<Options extends z.ZodRawShape> =
  Partial<OptionsOf<Options>> extends OptionsOf<Options>
    ? [options?: OptionsOf<Options>]
    : [options: OptionsOf<Options>];

/** Defines a merge: the function that users call, with the definition attached. */
export function defineMerge<Name extends string, Options extends z.ZodRawShape>(
  merge: Merge<Name, Options, 'several'>,
): Factory<CreateFromMembers<Options>, Merge<Name, Options>>;
export function defineMerge<Name extends string, Options extends z.ZodRawShape>(
  merge: Merge<Name, Options, 'one'>,
): Factory<CreateFromMember<Options>, Merge<Name, Options>>;
/** @param create the function, where it takes something else than members and options */
export function defineMerge<
  Name extends string,
  Options extends z.ZodRawShape,
  Create extends (...args: never[]) => MergeConfig,
>(merge: Merge<Name, Options>, create: Create): Factory<Create, Merge<Name, Options>>;
export function defineMerge(
  merge: Merge,
  create: (...args: never[]) => MergeConfig = createFromMembers(merge),
): Factory<(...args: never[]) => MergeConfig, Merge> {
  return attach('merge', create, merge);
}

function createFromMembers(merge: Merge) {
  const hasOptions = Object.keys(merge.options).length > 0;
  return (members: string | readonly string[], options: unknown = {}): MergeConfig => ({
    merge: merge.name,
    members: merge.takes === 'one' ? [members as string] : copyList(members as readonly string[]),
    // `names.map(direct)` passes more than the name.
    ...(hasOptions ? resolveOptions(merge, options) : {}),
  });
}
