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

/** Whether standard output could not take what was written, for another reason than that nobody reads on. */
let isOutputLost = false;

/** Whoever reads may stop reading (`| head`), a disk may be full: what is written then goes nowhere, and the work goes on. */
function outliveReaders(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isOutputLost) return;
    isOutputLost = true;
    process.stderr.write(`warning: Standard output can't be written: ${message}. The work goes on without it.\n`);
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
  .description('Trains ensembles of neural networks in parallel, a worker thread each, with one combined loss.')
  .version(packageVersion())
  .exitOverride();

const training = program
  .command('train', { isDefault: true })
  .description('train what a configuration describes; without one, the reference ensemble on MNIST')
  .option('--config <file>', 'YAML file that says what to train (experiments/ has some)')
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
  .description('run a series of variants and seeds, several at once, and report on it; what has ended is not run again')
  .argument('<file>', 'YAML file of the series (experiments/ has some)')
  .option('--out <dir>', 'folder for the results (default: runs/<name>)')
  .option('--threads <n>', 'threads of all runs together (default: one for each core)', count)
  .option('--dry-run', 'check everything and say what would be run')
  .option('--quiet', 'print nothing but errors')
  .option('--json', 'print what happens as JSON, a line each')
  .action(async (file: string, options: Omit<ExperimentCommandOptions, 'signal'>) => {
    plainWarnings(options.quiet === true);
    const allWell = await experiment(file, { ...options, signal: interruption() }, print);
    process.exitCode = allWell ? ENDED_WELL : FAILED;
  });

program
  .command('predict')
  .description('run a saved model on the images of idx files (plain or gzipped); prints CSV')
  .argument('<run>', 'folder that `train` has written')
  .argument('<files...>', 'idx file; where the model has several inputs, `input=file` for each')
  .option('--limit <n>', 'only the first n', count)
  .option('--out <file>', 'write a file instead of printing')
  .action(async (run: string, files: string[], options: PredictOptions) => {
    process.once('exit', () => {
      if (isOutputLost) process.exitCode = FAILED; // what it prints is all that it leaves
    });
    await predict(run, files, options, print);
  });

const setup = program.command('setup').description('make what needs more than npm work');
setup
  .command('tensorflow')
  .description('the engine `tensorflow`: get or build tfjs-node for this Node.js, and train a step with it')
  .option(
    '--from <place>',
    "where TensorFlow comes from: `published` (tfjs-node's own host), `wheel` (by pip), or the folder, file or address of a wheel " +
      'or of libtensorflow (default: published where its host answers within 5 s, else wheel)',
  )
  .option('--python <program>', 'a Python with pip (default: python3)')
  .option('--force', 'build anew what works already')
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

/** Without a command it is `train`, which would take a mistyped one for an argument too many. */
function checkCommand(first = ''): void {
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (first !== '' && !first.startsWith('-') && !known.includes(first))
    program.error(`error: unknown command '${first}'${didYouMeanOneOf(first, known)}`);
}

/** Tells an error and gives its exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ENDED_WELL : WRONG_USAGE; // it has told it itself
  if (!(error instanceof EnsembleError)) throw error;
  process.stderr.write(`error ${error.code}: ${error.message}\n`);
  if (error.code === 'MEMBER_FAILED' && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack ?? ''}\n`);
  return exitCodeOf(error);
}
