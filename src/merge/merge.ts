import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import type { MergeConfig, Shape, WeightSpec } from '../protocol/plan.js';
import { attach, type Definition, type Factory, type OptionsOf, type ResolvedOptions } from '../registry/definition.js';
import { resolveOptions } from '../registry/options.js';
import { copyList, type MergeSpec } from './spec.js';

/** The part of TensorFlow.js that makes layers. It is passed in, so that threads need not load it. */
export type Layers = typeof tf.layers;

/** A checked merge as plain data: its name, its members and all of its options. */
export type ResolvedMerge<Options extends z.ZodRawShape = z.ZodRawShape> = MergeConfig & ResolvedOptions<Options>;

/**
 * A merge: it combines members' outputs into one output. Arrays are row-major `[rows, size]`; `size` is the product of a shape. A merge has
 * no state: its methods take the configuration and the arrays.
 */
export interface Merge<
  Name extends string = string,
  Options extends z.ZodRawShape = z.ZodRawShape,
  Takes extends 'several' | 'one' = 'several' | 'one',
> extends Definition<Name, Options> {
  /** How many members it combines. The public function and YAML take a list of names for `several`, and one name for `one`. */
  readonly takes: Takes;

  /**
   * Whether the output is the unchanged output of one member. The gradient of a loss may then be taken at the member's logits, and an output
   * with the member's name needs no layer of its own.
   * @defaultValue false
   */
  readonly passesThrough?: boolean;

  /**
   * A form of its own in YAML: a schema that transforms the written value to members and options. Every merge with options can also be
   * written as `{ members: [...], ...options }`.
   * @defaultValue none: YAML takes the members' names
   */
  readonly yaml?: MergeForm;

  /** Checks rules that the options' schema can't express, after the schema. Returns null if the merge has no mistake. */
  check?(config: ResolvedMerge<Options>): MergeProblem | null;

  /**
   * The merge's own weights, for members of these shapes. {@link forward} and {@link backward} get them in this order. `planEnsemble` refuses a
   * merge with weights, because no optimizer trains them.
   * @defaultValue none
   */
  weights?(config: ResolvedMerge<Options>, shapes: readonly Shape[]): readonly WeightSpec[];

  /**
   * The shape of the merged output, without the batch dimension.
   * @throws EnsembleError `SHAPE_MISMATCH` naming the members, if their shapes can't be combined
   */
  outputShape(config: ResolvedMerge<Options>, shapes: readonly Shape[]): Shape;

  /** Writes the merged output to the first `batch.rows` rows of `out`. */
  forward(batch: MergeBatch<Options>, out: Float32Array): void;

  /**
   * Adds ∂L/∂y_i to each `dys[i]`, and adds the gradients of the merge's own weights to `batch.weightGradients`.
   * @param dout ∂L/∂out
   */
  backward(batch: MergeBatch<Options>, dout: Float32Array, dys: readonly Float32Array[]): void;

  /** Creates the standard layers that compute the merge in the assembled model. The last one has the name `name`. */
  layer(
    config: ResolvedMerge<Options>,
    layers: Layers,
    name: string,
    ys: readonly tf.SymbolicTensor[],
  ): tf.SymbolicTensor;
}

/** One batch of the members' outputs, and all else that a merge needs to compute. */
export interface MergeBatch<Options extends z.ZodRawShape = z.ZodRawShape> {
  readonly config: ResolvedMerge<Options>;
  /** The members' outputs, in the order of the members. Arrays may have more than `rows` rows. */
  readonly ys: readonly Float32Array[];
  /** Shapes of the members' outputs, without the batch dimension. */
  readonly shapes: readonly Shape[];
  readonly rows: number;
  /** The merge's own weights, one after the other; empty if it has none. */
  readonly weights: Float32Array;
  /** ∂L/∂weights, in the same order. */
  readonly weightGradients: Float32Array;
}

/** A mistake in a merge's options. The message is: Expected output "NAME" `rule`. Received: `received`. */
export interface MergeProblem {
  readonly rule: string;
  readonly received: string;
}

/** A form of a merge in YAML: the schema of the written value, piped to plain data. */
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

/** The options can be left out if all have defaults. */
type OptionArguments<Options extends z.ZodRawShape> =
  Partial<OptionsOf<Options>> extends OptionsOf<Options>
    ? [options?: OptionsOf<Options>]
    : [options: OptionsOf<Options>];

/** Defines a merge. Returns the function that users call, with the definition attached. */
export function defineMerge<Name extends string, Options extends z.ZodRawShape>(
  merge: Merge<Name, Options, 'several'>,
): Factory<CreateFromMembers<Options>, Merge<Name, Options>>;
export function defineMerge<Name extends string, Options extends z.ZodRawShape>(
  merge: Merge<Name, Options, 'one'>,
): Factory<CreateFromMember<Options>, Merge<Name, Options>>;
/** @param create the function that users call, if it does not take members and options */
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
    // A merge without options ignores further arguments, because `names.map(direct)` also passes an index.
    ...(hasOptions ? resolveOptions(merge, options) : {}),
  });
}
