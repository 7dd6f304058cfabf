import type { z } from 'zod';
import { attach, type Definition, type Factory, type ResolvedOptions } from '../../registry/definition.js';
import { resolveOptions } from '../../registry/options.js';
import type { Dataset } from '../dataset.js';

/** A source of data sets, such as a file, a folder or a package. */
export interface Source<Name extends string = string, Options extends z.ZodRawShape = z.ZodRawShape> extends Definition<
  Name,
  Options
> {
  /**
   * The main option. It is the first argument of the public function, and in YAML the value of the source's name, such as `train` in
   * `{ mnist: train, limit: 100 }`. It can't be a mapping.
   * @defaultValue none
   */
  readonly main?: keyof Options & string;

  /** Loads the samples. Each call loads them again; the source keeps nothing. */
  load(options: ResolvedOptions<Options>): Promise<Dataset>;
}

/** Options of a source as users write them, without the main option. `undefined` means that the option is left out. */
export type SourceOptions<Options extends z.ZodRawShape, Main extends keyof Options = never> = Others<
  z.input<z.ZodObject<Options>>,
  Main
>;

type Others<Options, Main> = { readonly [Name in keyof Options as Exclude<Name, Main>]: Options[Name] };

/** The last argument of a public function. It can be left out if no option is required. */
type OptionArguments<Options> = Partial<Options> extends Options ? [options?: Options] : [options: Options];

type Load<Options extends z.ZodRawShape> = (...options: OptionArguments<SourceOptions<Options>>) => Promise<Dataset>;

type LoadByMain<Options extends z.ZodRawShape, Main extends keyof Options> = (
  main: z.input<Options[Main]>,
  ...options: OptionArguments<SourceOptions<Options, Main>>
) => Promise<Dataset>;

/**
 * Defines a source. Returns the function that users call, with the definition attached. The function rejects with the code `INVALID_OPTION`
 * if an option is not allowed.
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
 * @throws EnsembleError `INVALID_OPTION`, and the errors of the source
 */
export async function loadSource(source: Source, options: unknown): Promise<Dataset> {
  return source.load(resolveOptions(source, options));
}

function loader(source: Source) {
  return (given: unknown = {}): Promise<Dataset> => loadSource(source, withoutUndefined(given));
}

/** The public function of a source with a main option, which is an argument of its own. */
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
