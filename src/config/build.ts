import { callbackRegistry } from '../callbacks/registry.js';
import { readModel } from '../model/files.js';
import { initializeModel } from '../model/initialize.js';
import { Ensemble, prepared } from '../ensemble.js';
import { EnsembleError } from '../errors.js';
import type { MergeConfig, Named } from '../protocol/plan.js';
import type { CompileOptions, MemberSpec, MemberSpecs } from '../plan/types.js';
import { readSetting } from '../registry/setting.js';
import { optimizerRegistry } from '../train/optimizers/registry.js';
import type { Config } from './config.js';
import { bindData, testSet, within, type DatasetCache, type Ends, type RunData } from './data.js';
import { buildNet } from './nets.js';
import { readLoss, readMetrics } from './objectives.js';
import { readMerge } from './outputs.js';

/** A configuration as objects: what is trained, on what. */
export interface BuiltRun {
  /** What is trained. */
  readonly trained: BuiltEnsemble;
  /** What is tested and saved: the same, or its members with the outputs of `assemble`. */
  readonly assembled: BuiltEnsemble;
  readonly training: RunData;
  /** For {@link assembled}. */
  readonly test: RunData | null;
  /** Told of the training. */
  readonly callbacks: readonly Named<'callback'>[];
}

/** An ensemble, compiled. */
export interface BuiltEnsemble extends Ends {
  readonly members: MemberSpecs;
}

/**
 * Builds what a configuration describes, and checks all data against it: what is wrong with the test data should not
 * come out after the training.
 * @throws EnsembleError `CONFIG` and those of `Ensemble` and of the data sets' sources
 */
export async function buildRun(config: Config, cache: DatasetCache = new Map()): Promise<BuiltRun> {
  const callbacks = (config.callbacks ?? []).map((setting, i) =>
    readSetting(callbackRegistry, setting, `callbacks[${i}]`),
  );
  const members = await buildMembers(config);
  const { outputs, assemble, evaluate } = config;
  const trained = compile(new Ensemble({ members, outputs: readMerges(outputs) }), members, config, outputs);
  const assembled =
    assemble === undefined
      ? trained
      : compile(trained.ensemble.withOutputs(readMerges(assemble)), members, config, assemble);
  const training = await bindData(config, cache, trained, (set) => set);
  const test =
    evaluate === undefined
      ? null
      : await within('evaluate.on', () => bindData(config, cache, assembled, testSet(evaluate.on)));
  return { trained, assembled, training, test, callbacks };
}

function compile(ensemble: Ensemble, members: MemberSpecs, config: Config, outputs: Config['outputs']): BuiltEnsemble {
  const { loss, lossWeights, metrics = [], optimizer } = config.compile;
  const options = {
    loss: readLoss(forOutputs(loss, outputs, config), outputs),
    metrics: readMetrics(forOutputs(metrics, outputs, config)),
    lossWeights: lossWeights === undefined ? {} : forOutputs(lossWeights, outputs, config),
    optimizer: readSetting(optimizerRegistry, optimizer, 'compile.optimizer'),
  } as CompileOptions<string>;
  ensemble.compile(options);
  const { plan } = ensemble;
  return { ensemble, members, plan, outputs, objectives: prepared.compiled(ensemble).objectives };
}

/** What is said by output, without what is said for outputs that the other ensemble of the configuration has. */
function forOutputs<T>(given: T, outputs: Config['outputs'], { outputs: all, assemble }: Config): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const others = Object.keys({ ...all, ...assemble }).filter((name) => !(name in outputs));
  return Object.fromEntries(Object.entries(given).filter(([name]) => !others.includes(name))) as T;
}

function readMerges(outputs: Config['outputs']): Record<string, MergeConfig> {
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, readMerge(output)]));
}

async function buildMembers(config: Config): Promise<MemberSpecs> {
  const names = Object.keys(config.members);
  const built = names.map(async (name): Promise<[string, MemberSpec]> => [name, await buildMember(name, config)]);
  return Object.fromEntries(await Promise.all(built));
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
    ...(optimizer === undefined
      ? {}
      : { optimizer: readSetting(optimizerRegistry, optimizer, `members.${name}.optimizer`) }),
  };
}

/** Lets go of the models of a run that is not trained. */
export function disposeRun({ trained }: BuiltRun): void {
  for (const { model } of Object.values(trained.members)) model.dispose();
}
