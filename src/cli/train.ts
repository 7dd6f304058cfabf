import * as tf from '@tensorflow/tfjs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareOutputs, type Parity } from '../assemble/parity.js';
import type { EngineOption } from '../coordinator/engines.js';
import { HistoryCollector, type History, type Scores } from '../coordinator/history.js';
import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import { overrideConfig, readConfig, type Config, type Overrides } from './config.js';
import { buildExperiment, type Experiment, type ExperimentData } from './experiment.js';
import { verboseCallback } from './progress.js';
import { prepareFolder, writeRun } from './reports.js';

/** What is trained where no configuration is named. */
const DEFAULT_CONFIG = fileURLToPath(new URL('../../experiments/mean-and-direct.yaml', import.meta.url));
/** Samples on which the assembled model is held against the workers. */
const PARITY_SAMPLES = 256;

export interface TrainOptions extends Overrides {
  readonly config?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly engine?: EngineOption;
  readonly threads?: number;
  readonly quiet?: boolean;
  readonly signal: AbortSignal;
}

/**
 * The command `train`.
 * @returns whether it came to its end; false: it was interrupted, and what was trained until then is saved
 */
export async function train(options: TrainOptions, print: (line: string) => void): Promise<boolean> {
  const started = performance.now();
  const file = options.config ?? DEFAULT_CONFIG;
  const config = overrideConfig(await readConfig(file), options);
  const experiment = await buildExperiment(config, file);
  const { ensemble } = experiment;
  const folder =
    options.out ?? join('runs', `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z-${config.name}`);
  await prepareFolder(folder, options.force ?? false);
  if (options.quiet !== true) for (const line of introduction(config, experiment, options)) print(line);
  try {
    const { history, interrupted } = await fit(experiment, config, options);
    const test = interrupted ? null : await evaluate(experiment, options);
    const parity = interrupted ? null : await checkParity(experiment, options);
    const run = 'run' in history ? history.run : null;
    await writeRun(folder, { config, ensemble, history, run, test, parity, wallMs: performance.now() - started });
    if (options.quiet !== true)
      for (const line of conclusion(folder, { history, test, parity, interrupted })) print(line);
    return !interrupted;
  } finally {
    await ensemble.close();
  }
}

interface FitResult {
  history: History | Pick<History, 'epoch' | 'history'>;
  interrupted: boolean;
}

async function fit(
  { ensemble, training }: Experiment,
  { fit: settings }: Config,
  options: TrainOptions,
): Promise<FitResult> {
  const collected = new HistoryCollector();
  try {
    const history = await ensemble.fit(training.inputs, training.targets, {
      ...settings,
      ...running(options),
      callbacks: [collected, ...verboseCallback(options.quiet === true ? 0 : 1)],
    });
    return { history, interrupted: false };
  } catch (error) {
    if (!(error instanceof EnsembleError && error.code === 'ABORTED')) throw error;
    return { history: collected, interrupted: true };
  }
}

/** Options that every call has. */
function running({ engine = 'auto', threads, signal }: TrainOptions): {
  engine: EngineOption;
  threads: number | 'auto';
  signal: AbortSignal;
} {
  return { engine, threads: threads ?? 'auto', signal };
}

async function evaluate({ ensemble, test }: Experiment, options: TrainOptions): Promise<Scores | null> {
  if (test === null) return null;
  return ensemble.evaluate(test.inputs, test.targets, { batchSize: 256, ...running(options) });
}

/** Holds the assembled model, computed here by tfjs, against the workers. */
async function checkParity({ ensemble, training }: Experiment, options: TrainOptions): Promise<Parity> {
  const inputs = firstSamples(training, PARITY_SAMPLES);
  const samples = Math.min(...Object.values(inputs).map((input) => input.samples));
  const fromWorkers = await ensemble.predict(inputs, { batchSize: 64, ...running(options) });
  const model = ensemble.toModel();
  const xs = ensemble.plan.inputs.flatMap(({ name, shape }) => {
    const input = inputs[name];
    if (input === undefined) return [];
    return [
      tf.tensor(
        Float32Array.from(input.values, (value) => value * input.scale),
        [samples, ...shape],
      ),
    ];
  });
  const made = model.predict(xs, { batchSize: 64 });
  const outputs = [made].flat();
  const assembled = new Map(
    await Promise.all(
      ensemble.plan.outputs.map(async ({ name }, i) => [name, (await outputs[i]?.data()) as Float32Array] as const),
    ),
  );
  const expected = new Map(Object.entries(fromWorkers).map(([name, y]) => [name, y.dataSync<'float32'>()]));
  tf.dispose([xs, outputs, Object.values(fromWorkers)]);
  model.dispose();
  return compareOutputs(assembled, expected, samples);
}

/** As many for every input, so that they make one batch of the whole model. */
function firstSamples({ inputs }: ExperimentData, most: number): Record<string, SharedArray> {
  const samples = Math.min(most, ...Object.values(inputs).map((input) => input.samples));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const size = input.values.length / input.samples;
      return [name, { ...input, samples, values: input.values.subarray(0, samples * size) }];
    }),
  );
}

function introduction(config: Config, { ensemble, training }: Experiment, { config: file }: TrainOptions): string[] {
  const { members, groups } = ensemble.plan;
  const counts = Object.entries(training.inputs).map(
    ([name, { samples }]) => `${name} ${samples.toLocaleString('en')}`,
  );
  return [
    `${config.name}: ${members.length} members in ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}; samples: ${counts.join(', ')}; ` +
      `${config.fit.epochs} epochs of batches of ${config.fit.batchSize}`,
    ...(file === undefined
      ? ['(A part of MNIST, for a first look; all 60,000 digits: --samples 60000, best with --epochs 10.)']
      : []),
  ];
}

function conclusion(
  folder: string,
  {
    history,
    test,
    parity,
    interrupted,
  }: { history: FitResult['history']; test: Scores | null; parity: Parity | null; interrupted: boolean },
): string[] {
  const here = relative(process.cwd(), folder) || '.';
  const lines: string[] = [];
  if (interrupted)
    lines.push(`Interrupted. What was trained until then is saved; whole epochs: ${history.epoch.length}.`);
  if (test !== null) {
    lines.push(
      `test      ${Object.entries(test)
        .map(([name, value]) => `${name} ${value.toFixed(4)}`)
        .join('  ')}`,
    );
  }
  if ('run' in history) {
    const { msPerStep, threads, builds } = history.run;
    lines.push(`training  ${msPerStep.toFixed(1)} ms a step on ${threads} threads; ${builds.join(', ')}`);
  }
  if (parity !== null) {
    lines.push(
      `parity    the assembled model is within ${parity.maxAbsDiff.toExponential(1)} of the workers on ${parity.samples} samples`,
    );
  }
  lines.push(
    `saved     ${here}: model/model.json loads with tf.loadLayersModel; the whole with Ensemble.load('${here}')`,
  );
  return lines;
}
