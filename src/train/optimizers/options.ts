import { EnsembleError, show } from '../../errors.js';

/** An optimizer's option: its default, and what it may be. */
export interface Option<Value extends number | boolean> {
  readonly default: Value;
  readonly rule: string;
  readonly allows: (value: unknown) => boolean;
}

type Options = Readonly<Record<string, Option<number> | Option<boolean>>>;
type Values<O extends Options> = { [Name in keyof O]: O[Name]['default'] };

const isFinite = (value: unknown): value is number => Number.isFinite(value);

export const positive = (value: number): Option<number> => ({
  default: value,
  rule: 'a finite number > 0',
  allows: (given) => isFinite(given) && given > 0,
});

export const notNegative = (value: number): Option<number> => ({
  default: value,
  rule: 'a finite number >= 0',
  allows: (given) => isFinite(given) && given >= 0,
});

/** How much of an old average is kept. 1 would keep all of it for ever. */
export const decay = (value: number): Option<number> => ({
  default: value,
  rule: 'a number >= 0 and < 1',
  allows: (given) => isFinite(given) && given >= 0 && given < 1,
});

export const fraction = (value: number): Option<number> => ({
  default: value,
  rule: 'a number from 0 to 1',
  allows: (given) => isFinite(given) && given >= 0 && given <= 1,
});

export const flag = (value: boolean): Option<boolean> => ({
  default: value,
  rule: 'true or false',
  allows: (given) => typeof given === 'boolean',
});

/**
 * Options with their defaults filled in.
 * @throws EnsembleError `INVALID_OPTION` for a value that is not allowed and for an option that does not exist
 */
export function resolveOptions<O extends Options>(
  optimizer: string,
  options: O,
  given: Readonly<Partial<Values<O>>>,
): Values<O> {
  if (!isObject(given)) {
    throw new EnsembleError(
      'INVALID_OPTION',
      `Expected the options of ${optimizer}() to be an object, such as { learningRate: 0.001 }. Received: ${show(given)}`,
    );
  }
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected the options of ${optimizer}() to be among ${Object.keys(options).join(', ')}. Received: ${show(name)}`,
      );
    }
    if (!option.allows(value)) {
      throw new EnsembleError(
        'INVALID_OPTION',
        `Expected \`${name}\` to be ${option.rule}. Received: ${show(value)}. Leave it out for ${optimizer}'s ` +
          `default, ${String(option.default)}.`,
      );
    }
  }
  const defaults = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]));
  return { ...defaults, ...given };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
