import * as tf from '@tensorflow/tfjs';
import { join } from 'node:path';
import { z } from 'zod';
import { EnsembleError } from '../errors.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import { lossRegistry } from '../train/losses/registry.js';
import { metricRegistry } from '../train/metrics/registry.js';
import type { Compiled } from '../plan/compile.js';
import type { CompileOptions, MemberSpec, MemberSpecs, OutputSpecs } from '../plan/types.js';
import { copyModel, freeze, frozenPlaces } from '../model/copy.js';
import { readModel, writeModel } from '../model/files.js';
import { readJson, writeWhole, writing } from '../files.js';
import { assembledNames } from './names.js';

const MODEL_FOLDER = 'model';
const ENSEMBLE_FILE = 'ensemble.json';

/** A registered thing: its name, or its name with options. */
const named = z.union([z.string(), z.looseObject({})]);

/** The content of `ensemble.json`: everything that the assembled model does not have. */
const ensembleFile = z.object({
  format: z.literal('tfjs-ensemble'),
  version: z.literal(1),
  members: z.record(
    z.string(),
    z.object({
      inputs: z.array(z.string()).min(1).readonly(),
      /** The optimizer of the member, as given; null if it uses the one of `compile`. */
      optimizer: z.union([z.string(), z.looseObject({})]).nullable(),
      /** Places of the layers with `trainable: false` (`PlacedLayer`); '' is the model itself. */
      frozen: z.array(z.string()).readonly(),
      /** The original names of renamed layers, by their names in the assembled model. */
      renamed: z.record(z.string(), z.string()),
    }),
  ),
  outputs: z.record(z.string(), z.looseObject({ merge: z.string(), members: z.array(z.string()).readonly() })),
  /** The resolved options of `compile`; null if the ensemble is not compiled. */
  compile: z
    .object({
      optimizer: z.looseObject({}),
      objectives: z.record(
        z.string(),
        z.object({ loss: named, lossWeight: z.number(), metrics: z.array(named).readonly() }),
      ),
    })
    .nullable(),
});

type EnsembleFile = z.infer<typeof ensembleFile>;

/**
 * Writes the model and `ensemble.json`. Each file is written atomically.
 * @throws EnsembleError `OUTPUT_FOLDER`
 */
export async function writeEnsemble(
  folder: string,
  model: tf.LayersModel,
  plan: EnsemblePlan,
  specs: MemberSpecs,
  compiled: Compiled | null,
): Promise<void> {
  const names = assembledNames(new Map(plan.members.map(({ name }) => [name, specOf(specs, name).model])));
  const content: EnsembleFile = {
    format: 'tfjs-ensemble',
    version: 1,
    members: Object.fromEntries(
      plan.members.map(({ name, inputs }) => {
        const { model: own, optimizer = null } = specOf(specs, name);
        return [name, { inputs, optimizer, frozen: frozenPlaces(own), renamed: names.originals(name) }];
      }),
    ),
    outputs: Object.fromEntries(plan.outputs.map(({ name, merge }) => [name, merge])),
    compile: compiled === null ? null : { optimizer: compiled.optimizer, objectives: objectivesOf(compiled) },
  };
  await writing(folder, async () => {
    await writeModel(join(folder, MODEL_FOLDER), model);
    await writeWhole(join(folder, ENSEMBLE_FILE), `${JSON.stringify(content, null, 2)}\n`);
  });
}

function specOf(specs: MemberSpecs, name: string): MemberSpec {
  const spec = specs[name];
  if (spec === undefined) throw new Error(`The plan has a member "${name}" that was not given.`);
  return spec;
}

/** A saved ensemble, in the form of the arguments of the constructor and of `compile`. */
export interface StoredEnsemble {
  readonly members: Record<string, MemberSpec>;
  readonly outputs: OutputSpecs<string>;
  readonly compile: CompileOptions<string> | null;
}

/** @throws EnsembleError `LOAD` with the file and the mistake in it */
export async function readEnsemble(folder: string): Promise<StoredEnsemble> {
  const file = join(folder, ENSEMBLE_FILE);
  const parsed = ensembleFile.safeParse(await readJson(file));
  if (!parsed.success)
    throw new EnsembleError(
      'LOAD',
      `${file} does not have the format of a saved ensemble: ${z.prettifyError(parsed.error)}`,
    );
  const { members, outputs, compile } = parsed.data;
  const model = await readModel(join(folder, MODEL_FOLDER));
  const specs = Object.entries(members).map(([name, { inputs, optimizer, frozen, renamed }]): [string, MemberSpec] => {
    const nested = findLayer(model, name);
    if (!(nested instanceof tf.LayersModel)) {
      throw new EnsembleError('LOAD', `The model in ${folder} has no nested model for member "${name}".`);
    }
    const copy = copyModel(nested, name, (path) => {
      const assembled = path.at(-1) ?? '';
      return renamed[assembled] ?? assembled;
    });
    freeze(copy, frozen);
    return [name, { model: copy, input: inputs, ...(optimizer === null ? {} : { optimizer: optimizer as never }) }];
  });
  model.dispose();
  return {
    members: Object.fromEntries(specs),
    outputs: outputs as unknown as OutputSpecs<string>,
    compile: compile === null ? null : compileOptions(compile),
  };
}

function objectivesOf({ objectives }: Compiled): NonNullable<EnsembleFile['compile']>['objectives'] {
  return Object.fromEntries(
    Object.entries(objectives).map(([name, { loss, lossWeight, metrics }]) => {
      const shortMetrics = metrics.map((metric) => metricRegistry.short(metric));
      return [name, { loss: lossRegistry.short(loss), lossWeight, metrics: shortMetrics }];
    }),
  );
}

function compileOptions({ optimizer, objectives }: NonNullable<EnsembleFile['compile']>): CompileOptions<string> {
  const pick = <Key extends 'loss' | 'lossWeight' | 'metrics'>(key: Key) =>
    Object.fromEntries(Object.entries(objectives).map(([name, objective]) => [name, objective[key]]));
  return {
    optimizer: optimizer as never,
    loss: pick('loss') as never,
    lossWeights: pick('lossWeight'),
    metrics: pick('metrics') as never,
  };
}

function findLayer(model: tf.LayersModel, name: string): tf.layers.Layer | undefined {
  return model.layers.find((layer) => layer.name === name);
}
