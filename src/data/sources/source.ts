import type { z } from 'zod';
import { attach, type Definition, type Factory, type ResolvedOptions } from '../../registry/definition.js';
import { resolveOptions } from '../../registry/options.js';
import type { Dataset } from '../dataset.js';

/** Where data sets come from: a file, a folder, a package. */
export interface Source<Name extends string = string, Options extends z.ZodRawShape = z.ZodRawShape> extends Definition<
  Name,
  Options
> {
  /**
   * The option that comes first: the first argument of the public function, and in YAML the value beside the source's name, such as `train`
   * in `{ mnist: train, limit: 100 }`. It takes no mapping.
   * @defaultValue none
   */
  readonly main?: keyof Options & string;

  /** Loads the samples anew. Nothing is kept but what is returned. */
  load(options: ResolvedOptions<Options>): Promise<Dataset>;
}

/** Options of a source as users write them, but for the main one. `undefined` means the same as leaving an option out. */
export type SourceOptions<Options extends z.ZodRawShape, Main extends keyof Options = never> = Others<
  z.input<z.ZodObject<Options>>,
  Main
>;

type Others<Options, Main> = { readonly [Name in keyof Options as Exclude<Name, Main>]: Options[Name] };

/** The last argument of a public function; it may be left out where no option is required. */
type OptionArguments<Options> = Partial<Options> extends Options ? [options?: Options] : [options: Options];

type Load<Options extends z.ZodRawShape> = (...options: OptionArguments<SourceOptions<Options>>) => Promise<Dataset>;

type LoadByMain<Options extends z.ZodRawShape, Main extends keyof Options> = (
  main: z.input<Options[Main]>,
  ...options: OptionArguments<SourceOptions<Options, Main>>
) => Promise<Dataset>;

/**
 * Defines a source: the function that users call, with the definition attached. The function rejects with the code `INVALID_OPTION` where an
 * option is not allowed.
 */
export function defineSource<
  Name extends string,
  Options extends z.ZodRawShape,
  const Main extends keyof Options & string,
>(source: Source<Name, Options> & { readonly main: Main }): Factory<LoadByMain<Options, Main>, Source<Name, Options>>;
export function defineSource<Name extends string, Options extends z.ZodRawShape>(
  source: Source<Name, Options> & { readonly main?: never },
): Factory<Load<Options>, Source<Name, Options>>;
export function defineSource(source: Source): Factory<(...args: never[]) => Promise<Dataset>, Source> {
  const { main } = source;
  return attach('source', main === undefined ? loader(source) : loaderByMain(source, main), source);
}

/**
 * Loads a data set.
 * @throws EnsembleError `INVALID_OPTION`, and those of the source
 */
export async function loadSource(source: Source, options: unknown): Promise<Dataset> {
  return source.load(resolveOptions(source, options));
}

function loader(source: Source) {
  return (given: unknown = {}): Promise<Dataset> => loadSource(source, withoutUndefined(given));
}

/** The main option is an argument, so it is not among the options. */
function loaderByMain(source: Source, main: string) {
  const some = (isMain: boolean): Source => {
    const options = Object.entries(source.options).filter(([name]) => (name === main) === isMain);
    return { ...source, options: Object.fromEntries(options) };
  };
  return async (value: unknown, given: unknown = {}): Promise<Dataset> =>
    source.load({
      ...resolveOptions(some(true), { [main]: value }),
      ...resolveOptions(some(false), withoutUndefined(given)),
    });
}

function withoutUndefined(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
