/**
 * Times epochs of the reference ensemble (the mean of several CNNs on MNIST), or of members similar to VGG. Prints the median epoch as JSON; a
 * warm-up epoch is not timed.
 * `npm run bench -- [--net NAME] [--members N] [--batch-size N] [--samples N] [--epochs N] [--engine E] [--threads N] [--json FILE]`.
 */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { measure } from './measure.js';
import type { NetName } from './nets.js';

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Expected an integer >= 1.');
  return value;
}

interface Flags {
  readonly net: NetName;
  readonly members: number;
  readonly batchSize: number;
  readonly samples: number;
  readonly epochs: number;
  readonly engine: 'auto' | 'wasm' | 'tensorflow' | 'tfjs';
  readonly threads?: number;
  readonly json?: string;
}

const flags = new Command('bench')
  .addOption(new Option('--net <name>', 'what the members are').choices(['reference', 'vgg']).default('reference'))
  .option('--members <n>', 'members of the mean', positive, 3)
  .option('--batch-size <n>', 'samples in a step', positive, 64)
  .option('--samples <n>', 'samples in an epoch', positive, 6400)
  .option('--epochs <n>', 'epochs that are timed', positive, 4)
  .addOption(
    new Option('--engine <name>', 'what computes').choices(['auto', 'wasm', 'tensorflow', 'tfjs']).default('auto'),
  )
  .option('--threads <n>', 'worker threads', positive)
  .option('--json <file>', 'also write the result to a file')
  .parse()
  .opts<Flags>();

const result = JSON.stringify(await measure(flags));
console.log(result);
if (flags.json !== undefined) await writeFile(flags.json, `${result}\n`);
