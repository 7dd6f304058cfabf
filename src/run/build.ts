import { readModel } from '../assemble/files.js';
import { initializeModel } from '../assemble/initialize.js';
import { mnist } from '../data/mnist.js';
import type { Dataset } from '../data/dataset.js';
import { Ensemble } from '../ensemble.js';
import { EnsembleError } from '../errors.js';
import type { SharedArray } from '../protocol/data.js';
import { bindInputs, bindTargets, countSamples } from '../spec/bind.js';
import { compileEnsemble } from '../spec/compile.js';
import type { CompileOptions, MemberSpec, MemberSpecs } from '../spec/types.js';
import type { Config } from './config.js';
import { buildNet, readMerge, readOptimizer } from './nets.js';

/** Inputs and targets by name. */
export interface RunData {
  readonly inputs: Readonly<Record<string, SharedArray>>;
  readonly targets: Readonly<Record<string, SharedArray>>;
  /** Of each group, in the order of the plan. */
  readonly samples: readonly number[];
}

/** A configuration as objects: what is trained, on what. */
export interface BuiltRun {
  readonly ensemble: Ensemble;
  readonly training: RunData;
  readonly test: RunData | null;
}

/**
 * Builds what a configuration describes, and checks all data against it: what is wrong with the test data should not
 * come out after the training.
 * @throws EnsembleError `CONFIG` and those of `Ensemble`, `mnist` and its data
 */
export async function buildRun(config: Config): Promise<BuiltRun> {
  const members: MemberSpecs = Object.fromEntries(
    await Promise.all(
      Object.keys(config.members).map(async (name): Promise<[string, MemberSpec]> => [
        name,
        await buildMember(name, config),
      ]),
    ),
  );
  const outputs = Object.fromEntries(Object.entries(config.outputs).map(([name, output]) => [name, readMerge(output)]));
  const ensemble = new Ensemble<MemberSpecs>({ members, outputs });
  const options = {
    ...config.compile,
    optimizer: readOptimizer(config.compile.optimizer, 'compile.optimizer'),
  } as CompileOptions<string>;
  ensemble.compile(options);
  const { plan } = ensemble;
  const { objectives } = compileEnsemble(plan, members, options);
  const load = loader(config);
  const bind = async (choose: (set: string) => string): Promise<RunData> => {
    const inputs: Record<string, SharedArray> = {};
    const targets: Record<string, SharedArray> = {};
    // The ends that the plan has; members that reach no output need no data.
    for (const { name } of plan.inputs) inputs[name] = (await load(choose(config.inputs[name]?.from ?? ''))).x;
    for (const { name } of plan.outputs) targets[name] = (await load(choose(config.outputs[name]?.target ?? ''))).y;
    const samples = countSamples(plan, bindInputs(plan, inputs), bindTargets(plan, objectives, targets));
    return { inputs, targets, samples };
  };
  const { evaluate } = config;
  return {
    ensemble,
    training: await bind((set) => set),
    test: evaluate === undefined ? null : await within('evaluate.on', () => bind(testSet(evaluate.on))),
  };
}

/** Puts the place in the configuration before the message of what goes wrong. */
async function within<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EnsembleError)) throw error;
    throw new EnsembleError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

async function buildMember(name: string, config: Config): Promise<MemberSpec> {
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
  const model = layers === undefined ? await readModel(path ?? '') : buildNet(net ?? '', layers, shape);
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
    const data = loaded.get(name) ?? within(`data.${name}`, () => mnist(split, options));
    loaded.set(name, data);
    return data;
  };
}

/** Which data set stands for one that was trained on, when testing. */
function testSet(on: string | Readonly<Record<string, string>>): (set: string) => string {
  if (typeof on === 'string') return () => on;
  return (set) => {
    const test = on[set];
    if (test === undefined) throw new EnsembleError('CONFIG', `expected a data set to test "${set}" on, found none`);
    return test;
  };
}
