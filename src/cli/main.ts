#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { EnsembleError } from '../errors.js';
import { ENDED_WELL, exitCodeOf, FAILED, INTERRUPTED, WRONG_USAGE } from './exitCodes.js';
import { experiment, type ExperimentCommandOptions } from './experiment.js';
import { count, fitFlags } from './flags.js';
import { predict, type PredictOptions } from './predict.js';
import { verboseCallback } from '../callbacks/progress.js';
import { packageVersion } from '../run/environment.js';
import { plainWarnings, silenceTfjs } from '../run/processOutput.js';
import { setupTensorflow, type SetupOptions } from '../install/tensorflow.js';
import { didYouMeanOneOf } from '../text/names.js';
import { train, type TrainOptions } from '../run/train.js';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Whether writing to standard output failed. It does not count if the reader closed the pipe. */
let isOutputLost = false;

/** Continues the work if the output cannot be written, for example after `| head` or on a full disk. */
function outliveReaders(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isOutputLost) return;
    isOutputLost = true;
    process.stderr.write(`warning: Standard output can't be written: ${message}. The work continues without it.\n`);
  });
  process.stderr.on('error', () => undefined);
}

/** The first signal stops training at the next step; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}

const program = new Command('tfjs-ensemble')
  .description(
    'Trains ensembles of neural networks in parallel, each network in a worker thread, with one combined loss.',
  )
  .version(packageVersion())
  .exitOverride();

const training = program
  .command('train', { isDefault: true })
  .description('train the ensemble of a configuration; by default, the reference ensemble on MNIST')
  .option('--config <file>', 'YAML file with the configuration (examples are in experiments/)')
  .option('--out <dir>', 'folder for the results (default: runs/<UTC time>-<name>)')
  .option('--force', 'write into a folder that is not empty')
  .option('--samples <n>', 'train on the first n samples of each data set', count);
for (const flag of fitFlags()) training.addOption(flag);
training
  .option('--quiet', 'print nothing but errors')
  .action(async ({ quiet = false, ...options }: Omit<TrainOptions, 'signal'> & { quiet?: boolean }) => {
    plainWarnings(quiet);
    const shown = { callbacks: verboseCallback(quiet ? 0 : 1), signal: interruption() };
    const ended = await train({ ...options, ...shown }, quiet ? () => undefined : print);
    process.exitCode = ended ? ENDED_WELL : INTERRUPTED;
  });

program
  .command('experiment')
  .description(
    'run variants of a configuration with several seeds, several runs at a time, and write a report; finished runs are not repeated',
  )
  .argument('<file>', 'YAML file of the series (examples are in experiments/)')
  .option('--out <dir>', 'folder for the results (default: runs/<name>)')
  .option('--threads <n>', 'threads of all runs together (default: one for each core)', count)
  .option('--dry-run', 'check everything and print the runs, without training')
  .option('--quiet', 'print nothing but errors')
  .option('--json', 'print events as JSON, one per line')
  .action(async (file: string, options: Omit<ExperimentCommandOptions, 'signal'>) => {
    plainWarnings(options.quiet === true);
    const allWell = await experiment(file, { ...options, signal: interruption() }, print);
    process.exitCode = allWell ? ENDED_WELL : FAILED;
  });

program
  .command('predict')
  .description('run a saved model on the images of idx files (plain or gzipped), and print CSV')
  .argument('<run>', 'folder written by `train`')
  .argument('<files...>', 'idx file; if the model has several inputs, `input=file` for each')
  .option('--limit <n>', 'use only the first n images', count)
  .option('--out <file>', 'write the CSV to a file instead of printing it')
  .action(async (run: string, files: string[], options: PredictOptions) => {
    process.once('exit', () => {
      if (isOutputLost) process.exitCode = FAILED; // the printed text is the only result
    });
    await predict(run, files, options, print);
  });

const setup = program.command('setup').description('set up engines that need more than npm install');
setup
  .command('tensorflow')
  .description(
    'set up the engine `tensorflow`: download or build tfjs-node for this Node.js, and train a step to test it',
  )
  .option(
    '--from <place>',
    'source of TensorFlow: `published` (the binaries of tfjs-node), `wheel` (with pip), or the folder, file or address of a wheel ' +
      'or of libtensorflow (default: published if its host answers within 5 s, else wheel)',
  )
  .option('--python <program>', 'a Python with pip (default: python3)')
  .option('--force', 'build again even if it already works')
  .action(async (options: Omit<SetupOptions, 'signal'>) => {
    await setupTensorflow({ ...options, signal: interruption() }, print);
  });

outliveReaders();
await silenceTfjs();
try {
  checkCommand(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Reports a mistyped command. Without this check, the default command `train` would report an unexpected argument. */
function checkCommand(first = ''): void {
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (first !== '' && !first.startsWith('-') && !known.includes(first))
    program.error(`error: unknown command '${first}'${didYouMeanOneOf(first, known)}`);
}

/** Prints an error and returns its exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ENDED_WELL : WRONG_USAGE; // commander has printed it
  if (!(error instanceof EnsembleError)) throw error;
  process.stderr.write(`error ${error.code}: ${error.message}\n`);
  if (error.code === 'MEMBER_FAILED' && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack ?? ''}\n`);
  return exitCodeOf(error);
}
