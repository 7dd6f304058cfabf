import { Command, type Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fitFlags, flagOf } from '../../../src/cli/flags.js';
import { flagOptions } from '../../../src/coordinator/options.js';

/** What a command line says about the options of `fit`. */
function read(args: readonly string[], flags: readonly Option[] = fitFlags()): object {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const flag of flags) command.addOption(flag);
  return command.parse(args, { from: 'user' }).opts();
}

describe('flags of the options of fit', () => {
  it('are named like their options', () => {
    expect(fitFlags().map((flag) => flag.attributeName())).toEqual(Object.keys(flagOptions));
  });

  it.each([
    [['--batch-size', '64', '--seed', '0'], { batchSize: 64, seed: 0 }],
    [['--threads', '2', '--engine', 'tfjs'], { threads: 2, engine: 'tfjs' }],
    [['--threads', 'auto'], { threads: 'auto' }],
    [[], {}],
  ])('are read as values of their options: %j', (args, options) => {
    expect(read(args)).toEqual(options);
  });

  it('are true without a value, if they take none', () => {
    const flag = flagOf({ schema: z.boolean().default(false), flag: { usage: '--warm-start', help: '' } });
    expect(read(['--warm-start'], [flag])).toEqual({ warmStart: true });
    expect(read([], [flag])).toEqual({});
  });

  it.each([
    [['--epochs', 'many'], 'Expected an integer >= 1.'],
    [['--epochs', ''], 'Expected an integer >= 1.'],
    [['--seed', '-1'], 'Expected an integer >= 0.'],
    [['--threads', '0'], 'Expected "auto" or an integer >= 1.'],
    [['--simd', 'fast'], 'Allowed choices are auto, strict.'],
  ])('are refused with what they expect: %j', (args, part) => {
    expect(() => read(args)).toThrow(part);
  });
});
