import { dirname, resolve } from 'node:path';
import { readModel } from '../assemble/files.js';
import { initializeModel } from '../assemble/initialize.js';
import { mnist } from '../data/mnist.js';
import type { Dataset } from '../data/dataset.js';
import { Ensemble } from '../ensemble.js';
import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import type { MemberSpec, MemberSpecs } from '../spec/types.js';
import type { Config } from './config.js';
import { buildNet, readMerge, readOptimizer } from './nets.js';

/** Inputs and targets by name. */
export interface ExperimentData {
  readonly inputs: Readonly<Record<string, SharedArray>>;
  readonly targets: Readonly<Record<string, SharedArray>>;
}

/** A configuration as objects: what is trained, on what. */
export interface Experiment {
  readonly ensemble: Ensemble;
  readonly training: ExperimentData;
  readonly test: ExperimentData | null;
}

/**
 * Builds what a configuration describes.
 * @param file the configuration's own, which models' paths are relative to
 * @throws EnsembleError `CONFIG` and those of `Ensemble`, `mnist`
 */
export async function buildExperiment(config: Config, file: string): Promise<Experiment> {
  const members: MemberSpecs = Object.fromEntries(
    await Promise.all(
      Object.keys(config.members).map(async (name): Promise<[string, MemberSpec]> => [
        name,
        await buildMember(name, config, file),
      ]),
    ),
  );
  const outputs = Object.fromEntries(Object.entries(config.outputs).map(([name, output]) => [name, readMerge(output)]));
  const ensemble = new Ensemble<MemberSpecs>({ members, outputs });
  ensemble.compile({
    ...config.compile,
    optimizer: readOptimizer(config.compile.optimizer, 'compile.optimizer'),
  } as never);
  const load = loader(config);
  return {
    ensemble,
    training: await bind(config, ensemble, load, (set) => set),
    test: config.evaluate === undefined ? null : await bind(config, ensemble, load, testSet(config.evaluate.on)),
  };
}

async function buildMember(name: string, config: Config, file: string): Promise<MemberSpec> {
  const { net, model: path, input = 'input', optimizer } = config.members[name] ?? {};
  const ends = [input].flat();
  const layers = config.nets[net ?? ''];
  const shape = config.inputs[ends[0] ?? '']?.shape ?? [];
  if (layers !== undefined && ends.length !== 1) {
    throw new EnsembleError(
      'CONFIG',
      `members.${name}.input: a net has one input, found ${ends.length}; use a \`model\` for several`,
    );
  }
  const model =
    layers === undefined ? await readModel(resolve(dirname(file), path ?? '')) : buildNet(net ?? '', layers, shape);
  if (layers !== undefined) initializeModel(model, name, config.fit.seed);
  return {
    model,
    input: ends,
    ...(optimizer === undefined ? {} : { optimizer: readOptimizer(optimizer, `members.${name}.optimizer`) }),
  };
}

/** Each data set is read once. */
function loader(config: Config): (name: string) => Promise<Dataset> {
  const loaded = new Map<string, Promise<Dataset>>();
  return (name) => {
    const { mnist: split = 'train', ...options } = config.data[name] ?? {};
    const data = loaded.get(name) ?? mnist(split, options);
    loaded.set(name, data);
    return data;
  };
}

/** Which data set stands for one that was trained on, when testing. */
function testSet(on: string | Readonly<Record<string, string>>): (set: string) => string {
  if (typeof on === 'string') return () => on;
  return (set) => {
    const test = on[set];
    if (test === undefined)
      throw new EnsembleError('CONFIG', `evaluate.on: expected a data set to test "${set}" on, found none`);
    return test;
  };
}

/** The ends that the plan has; members that reach no output need no data. */
async function bind(
  config: Config,
  ensemble: Ensemble,
  load: (name: string) => Promise<Dataset>,
  choose: (set: string) => string,
): Promise<ExperimentData> {
  const inputs: Record<string, SharedArray> = {};
  const targets: Record<string, SharedArray> = {};
  for (const { name } of ensemble.plan.inputs) inputs[name] = (await load(choose(config.inputs[name]?.from ?? ''))).x;
  for (const { name } of ensemble.plan.outputs)
    targets[name] = (await load(choose(config.outputs[name]?.target ?? ''))).y;
  return { inputs, targets };
}
