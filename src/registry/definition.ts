import type { z } from 'zod';
import type { Named } from '../protocol/plan.js';
import { resolveOptions } from './options.js';
import type { ConfigOf, Definition, OptionsOf } from './types.js';

export type { ConfigOf, Definition, NoOptions, OptionsOf, ResolvedOptions } from './types.js';

/** A function that users call, such as `adam({ learningRate: 0.001 })`, with its kind and its definition attached. */
export type Factory<Create, D extends Definition> = Create & {
  /** `loss`, `optimizer` and so on: the key that holds the name in plain data. */
  readonly kind: string;
  readonly definition: D;
};

/** The usual function of a definition: it takes options and returns plain data. The options can be left out if none is required. */
export type CreateFromOptions<
  Kind extends string,
  Name extends string,
  Shape extends z.ZodRawShape,
> = keyof Shape extends never
  ? () => Readonly<Record<Kind, Name>>
  : Partial<OptionsOf<Shape>> extends OptionsOf<Shape>
    ? (options?: OptionsOf<Shape>) => ConfigOf<Kind, Name, Shape>
    : (options: OptionsOf<Shape>) => ConfigOf<Kind, Name, Shape>;

/**
 * Attaches a definition to the function that users call, and gives the function the definition's name.
 * @param create the function that users call
 */
export function attach<Create extends (...args: never[]) => unknown, const D extends Definition>(
  kind: string,
  create: Create,
  definition: D,
): Factory<Create, D> {
  Object.defineProperty(create, 'name', { value: definition.name });
  return Object.assign(create, { kind, definition });
}

/** Creates the usual function of a definition, with the definition attached. */
export function createFactory<
  Kind extends string,
  Name extends string,
  Shape extends z.ZodRawShape,
  D extends Definition<Name, Shape>,
>(kind: Kind, definition: D & Definition<Name, Shape>): Factory<CreateFromOptions<Kind, Name, Shape>, D> {
  const create = (options: OptionsOf<Shape> = {} as OptionsOf<Shape>): ConfigOf<Kind, Name, Shape> =>
    ({ [kind]: definition.name, ...resolveOptions(definition, options) }) as ConfigOf<Kind, Name, Shape>;
  return attach(kind, create as CreateFromOptions<Kind, Name, Shape>, definition);
}

/** The options in plain data: all keys except that of its kind. */
export function optionsIn<Kind extends string>(kind: Kind, config: Named<Kind>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== kind));
}
