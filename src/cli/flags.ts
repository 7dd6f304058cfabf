import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { flagOptions, type FitOption } from '../coordinator/options.js';
import { expectedBy } from '../text/schemas.js';

/** Parses the text of a flag as an integer >= 1. */
export const count = reader(z.int().min(1));

/** The flags of the options of `fit`. */
export function fitFlags(): Option[] {
  return Object.values(flagOptions).map(flagOf);
}

/** The flag of one option. Without a value, as in `--verbose`, it stands for true. */
export function flagOf({
  schema,
  flag: { usage, help, choices },
}: FitOption & Required<Pick<FitOption, 'flag'>>): Option {
  const option = new Option(usage, help);
  if (choices !== undefined) return option.choices(choices);
  return option.isBoolean() ? option : option.argParser(reader(schema));
}

/** Returns a function that parses the text of a flag by a schema. */
function reader<Value>(schema: z.ZodType<Value>): (text: string) => Value {
  return (text) => {
    const number = Number(text);
    const { success, data } = schema.safeParse(text.trim() === '' || Number.isNaN(number) ? text : number);
    if (success) return data;
    throw new InvalidArgumentError(`Expected ${expectedBy(schema)}.`);
  };
}
