import type { z } from 'zod';

/** A registered thing: a loss, a metric, an optimizer, a merge and so on. Each kind adds its arithmetic. */
export interface Definition<Name extends string = string, Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** The name in programs, in YAML and in data for threads. It is Keras's name in camelCase. */
  readonly name: Name;
  /** One sentence for the reference tables in the documentation. */
  readonly summary: string;
  /** Name, type, check, default and description of each option. */
  readonly options: Shape;
}

/** The options of a definition as users write them. Options with a default can be left out. */
export type OptionsOf<Shape extends z.ZodRawShape> = [keyof Shape] extends [never]
  ? NoOptions
  : Given<z.input<z.ZodObject<Shape>>>;

/** The options of a definition that has none. */
export type NoOptions = Readonly<Record<symbol, never>>;

/** Properties that can be left out but can't be `undefined`. */
type Given<T> = { readonly [Name in keyof T]: Exclude<T[Name], undefined> };

/** The options of a definition, with defaults. */
export type ResolvedOptions<Shape extends z.ZodRawShape> = [keyof Shape] extends [never]
  ? NoOptions
  : Readonly<z.output<z.ZodObject<Shape>>>;

/** A registered thing as plain data, with all options: `{ optimizer: 'sgd', learningRate: 0.01, … }`. */
export type ConfigOf<Kind extends string, Name extends string, Shape extends z.ZodRawShape> = Readonly<
  Record<Kind, Name>
> &
  ResolvedOptions<Shape>;
