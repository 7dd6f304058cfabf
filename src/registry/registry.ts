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
 * All things of one kind, by name: those of this package, and those that a user's module has added. It owns their names: types, YAML keys,
 * messages and tables of the documentation come from here.
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
    // Node.js sorts the exports of a module, other loaders do not.
    for (const key of Object.keys(builtIn).sort()) this.add(builtIn[key as Name]);
  }

  /** Names of this package in alphabetical order, then those of users' modules in the order in which they were added. */
  get names(): Name[] {
    return [...this.#definitions.keys()] as Name[];
  }

  get definitions(): D[] {
    return [...this.#definitions.values()];
  }

  /**
   * Adds a thing of a user's. The module that does so is imported by every thread (`setup`), and may be imported more than once: a
   * definition that says the same replaces the earlier one.
   * @throws EnsembleError `INVALID_OPTION` where the name belongs to another one
   */
  add({ definition }: Defined<D>): void {
    const taken = this.#definitions.get(definition.name);
    if (taken !== undefined && !saysTheSame(taken, definition)) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected a ${this.kind} of a new name. Received: ${show(definition.name)}, which is registered already.`,
      );
    }
    this.#definitions.set(definition.name, definition);
  }

  has(name: unknown): boolean {
    return typeof name === 'string' && this.#definitions.has(name);
  }

  /**
   * The definition of a name.
   * @param what is being named, for the message
   * @throws EnsembleError `INVALID_OPTION` saying which names exist and which one may be meant
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
   * The definition that checked plain data stands for. A thread has that of a user's only if it imported the module that registers it.
   * @throws EnsembleError `SETUP_MODULE` where no module has registered the name
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

  /** The shortest form of plain data that means the same: the name alone where there are no options. For files. */
  short(config: Named<Kind>): string | Named<Kind> {
    return Object.keys(config).length === 1 ? config[this.kind] : config;
  }

  /**
   * A name, which stands for the defaults, or plain data, checked again, as it may come from a program without types or from a file.
   * @param what is being set, for messages: `optimizer of member "cnn"`
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
      `Expected the ${what} to be what ${anyCall} returns, or one of these names. Received: ${show(given)}`,
    );
  }

  /**
   * Plain data with all options, from a name and those options that are given.
   * @param what is being set, for messages
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
