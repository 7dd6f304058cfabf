import { EnsembleError, show } from '../errors.js';
import type { Named } from '../protocol/plan.js';
import { didYouMean, quoted } from '../text/names.js';
import { optionsIn, type Definition } from './definition.js';
import { resolveOptions } from './options.js';

/** Anything that carries a definition. */
interface Defined<D extends Definition> {
  readonly definition: D;
}

/**
 * All things of one kind, by name: those of this package, and those that a user's module has added. Types, YAML keys, messages and the
 * tables of the documentation get the names from the registry.
 */
export class Registry<Kind extends string, D extends Definition, Name extends string = string> {
  readonly #definitions = new Map<string, D>();

  /**
   * @param kind the key that holds the name in plain data: `optimizer` in `{ optimizer: 'adam' }`
   * @param builtIn the exports of the folder's `index.ts`
   */
  constructor(
    readonly kind: Kind,
    builtIn: Readonly<Record<Name, Defined<D>>>,
  ) {
    // Node.js sorts the exports of a module, but other loaders do not.
    for (const key of Object.keys(builtIn).sort()) this.add(builtIn[key as Name]);
  }

  /** The names of this package in alphabetical order, then the names that users' modules have added, in that order. */
  get names(): Name[] {
    return [...this.#definitions.keys()] as Name[];
  }

  get definitions(): D[] {
    return [...this.#definitions.values()];
  }

  /**
   * Adds a definition of a user's module. Every thread imports the module (`setup`). It may be imported more than once: an equivalent definition
   * replaces the earlier one.
   * @throws EnsembleError `INVALID_OPTION` if a different definition has the name
   */
  add({ definition }: Defined<D>): void {
    const taken = this.#definitions.get(definition.name);
    if (taken !== undefined && !saysTheSame(taken, definition)) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected a ${this.kind} with a new name. Received: ${show(definition.name)}, which is registered already.`,
      );
    }
    this.#definitions.set(definition.name, definition);
  }

  has(name: unknown): boolean {
    return typeof name === 'string' && this.#definitions.has(name);
  }

  /**
   * The definition with a name.
   * @param what the setting that has the name, for the message. @defaultValue the kind
   * @throws EnsembleError `INVALID_OPTION` with the names that exist and the most similar one
   */
  get(name: unknown, what: string = this.kind): D {
    const definition = typeof name === 'string' ? this.#definitions.get(name) : undefined;
    if (definition !== undefined) return definition;
    const { names } = this;
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected the ${what} to be one of ${quoted(names)}. Received: ${show(name)}${didYouMean(String(name), names)}`,
    );
  }

  /**
   * The definition of checked plain data. A thread has a user's definition only if it has imported the module that registers it.
   * @throws EnsembleError `SETUP_MODULE` if no module has registered the name
   */
  of(config: Named<Kind>): D {
    const name = config[this.kind];
    const definition = this.#definitions.get(name);
    if (definition !== undefined) return definition;
    throw new EnsembleError(
      'SETUP_MODULE',
      `Expected \`setup\` to name the module that registers the ${this.kind} ${show(name)}, so that every thread imports it. ` +
        `Received: a thread that knows only ${quoted(this.names)}`,
    );
  }

  /** Whether a value looks like plain data of this kind. */
  isConfig(value: unknown): value is Named<Kind> {
    return (
      typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[this.kind] === 'string'
    );
  }

  /** The shortest equivalent form of plain data, for files: only the name if it has no options. */
  short(config: Named<Kind>): string | Named<Kind> {
    return Object.keys(config).length === 1 ? config[this.kind] : config;
  }

  /**
   * Checks a name, which means default options, or plain data, which may come from a program without types or from a file.
   * @param what the setting, for messages: `optimizer of member "cnn"`
   * @returns plain data with all options
   * @throws EnsembleError `INVALID_OPTION`
   */
  resolve(what: string, given: unknown): Named<Kind> {
    if (typeof given === 'string') return this.create(what, given, {});
    if (this.isConfig(given)) return this.create(what, given[this.kind], optionsIn(this.kind, given));
    const calls = this.names.map((name) => `${name}()`);
    const anyCall = [calls.slice(0, -1).join(', '), ...calls.slice(-1)].filter(Boolean).join(' or ');
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected the ${what} to be the result of ${anyCall}, or one of these names. Received: ${show(given)}`,
    );
  }

  /**
   * Creates plain data with all options from a name and some options.
   * @param what the setting, for messages
   * @throws EnsembleError `INVALID_OPTION`
   */
  create(what: string, name: unknown, options: unknown): Named<Kind> {
    const definition = this.get(name, what);
    try {
      return { [this.kind]: definition.name, ...resolveOptions(definition, options) } as Named<Kind>;
    } catch (error) {
      if (!(error instanceof EnsembleError)) throw error;
      throw new EnsembleError(error.code, `In the ${what}: ${error.message}`, { cause: error });
    }
  }
}

/** Whether two definitions come from one module that was loaded twice, as under two URLs. */
function saysTheSame(a: Definition, b: Definition): boolean {
  const text = ({ summary, options }: Definition): string => [summary, ...Object.keys(options)].join('\n');
  return a === b || text(a) === text(b);
}
