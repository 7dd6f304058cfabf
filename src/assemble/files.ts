import * as tf from '@tensorflow/tfjs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { EnsembleError } from '../errors.js';
import type { EnsemblePlan } from '../protocol/plan.js';
import type { Compiled } from '../spec/compile.js';
import type { CompileOptions, MemberSpec, MemberSpecs, OutputSpecs } from '../spec/types.js';
import { copyModel, freeze, frozenPlaces } from './copyModel.js';
import { assembledNames } from './names.js';

const MODEL_FOLDER = 'model';
const MODEL_FILE = 'model.json';
const WEIGHTS_FILE = 'weights.bin';
const ENSEMBLE_FILE = 'ensemble.json';

/** `ensemble.json`: what the assembled model does not say. */
const ensembleFile = z.object({
  format: z.literal('tfjs-ensemble'),
  version: z.literal(1),
  members: z.record(
    z.string(),
    z.object({
      inputs: z.array(z.string()).min(1).readonly(),
      /** Of the member's own, as it was given. */
      optimizer: z.union([z.string(), z.looseObject({})]).nullable(),
      /** Places of the layers that are not trained (`PlacedLayer`); '' is the model itself. */
      frozen: z.array(z.string()).readonly(),
      /** The layers' own names, by the names that they have in the assembled model. */
      renamed: z.record(z.string(), z.string()),
    }),
  ),
  outputs: z.record(z.string(), z.looseObject({ merge: z.string(), members: z.array(z.string()).readonly() })),
  /** What `compile` was given, resolved; null before it. */
  compile: z
    .object({
      optimizer: z.looseObject({}),
      objectives: z.record(
        z.string(),
        z.object({ loss: z.string(), lossWeight: z.number(), metrics: z.array(z.string()).readonly() }),
      ),
    })
    .nullable(),
});

type EnsembleFile = z.infer<typeof ensembleFile>;

/** `model.json`, as far as it is looked into here; the rest is tfjs's to check. */
const modelFile = z.object({
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.looseObject({ name: z.string(), shape: z.array(z.number()), dtype: z.string() })),
    }),
  ),
});

/**
 * Writes the model and what belongs to it. Each file appears whole or not at all.
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
    compile: compiled === null ? null : { optimizer: compiled.optimizer, objectives: compiled.objectives },
  };
  await writing(folder, async () => {
    await writeModel(join(folder, MODEL_FOLDER), model);
    await writeWhole(join(folder, ENSEMBLE_FILE), `${JSON.stringify(content, null, 2)}\n`);
  });
}

/**
 * Does what writes to a place, a folder or a file.
 * @throws EnsembleError `OUTPUT_FOLDER` where the system refuses
 */
export async function writing<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new EnsembleError(
      'OUTPUT_FOLDER',
      `${place} can't be written: ${error.message}. Name another place, or see to its room and permissions.`,
      {
        cause: error,
      },
    );
  }
}

function specOf(specs: MemberSpecs, name: string): MemberSpec {
  const spec = specs[name];
  if (spec === undefined) throw new Error(`The plan has a member "${name}" that was not given.`);
  return spec;
}

/** Writes `model.json` and its weights in the format that `tf.loadLayersModel` reads anywhere. */
export async function writeModel(folder: string, model: tf.LayersModel): Promise<void> {
  await mkdir(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy }) => {
      const weights = tf.io.CompositeArrayBuffer.join(weightData);
      const content = {
        modelTopology,
        format,
        generatedBy,
        convertedBy,
        weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecs }],
      };
      await writeWhole(join(folder, WEIGHTS_FILE), new Uint8Array(weights));
      await writeWhole(join(folder, MODEL_FILE), JSON.stringify(content));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}

/** Writes a file: whole, or not at all. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** What a folder of {@link writeEnsemble} holds, as the constructor and `compile` take it. */
export interface StoredEnsemble {
  readonly members: Record<string, MemberSpec>;
  readonly outputs: OutputSpecs<string>;
  readonly compile: CompileOptions<string> | null;
}

/** @throws EnsembleError `LOAD` naming the file and what is wrong with it */
export async function readEnsemble(folder: string): Promise<StoredEnsemble> {
  const file = join(folder, ENSEMBLE_FILE);
  const parsed = ensembleFile.safeParse(await readJson(file));
  if (!parsed.success)
    throw new EnsembleError('LOAD', `${file} is not of this format: ${z.prettifyError(parsed.error)}`);
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

/**
 * Reads a model in tfjs's format.
 * @param path of the model's JSON file, or of a folder with `model.json`
 * @throws EnsembleError `LOAD`
 */
export async function readModel(path: string): Promise<tf.LayersModel> {
  const file = path.endsWith('.json') ? path : join(path, MODEL_FILE);
  const parsed = modelFile.safeParse(await readJson(file));
  if (!parsed.success) {
    throw new EnsembleError(
      'LOAD',
      `Expected ${file} to have modelTopology and weightsManifest, as tfjs's model.save writes it: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { modelTopology, weightsManifest } = parsed.data;
  const folder = resolve(file, '..');
  const parts: Uint8Array[] = [];
  for (const part of weightsManifest.flatMap((group) => group.paths)) {
    const weights = resolve(folder, part);
    // A model file may come from anywhere; it must not read other files of this machine.
    const inside = relative(folder, weights);
    if (isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
      throw new EnsembleError('LOAD', `${file} names a weights file outside its folder: ${JSON.stringify(part)}`);
    }
    parts.push(await readBytes(weights));
  }
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  const weightSpecs = weightsManifest.flatMap((group) => group.weights as unknown as tf.io.WeightsManifestEntry[]);
  try {
    return await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  } catch (error) {
    throw new EnsembleError(
      'LOAD',
      `${file} can't be loaded: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readBytes(file)).toString()) as unknown;
  } catch (error) {
    if (error instanceof EnsembleError) throw error;
    throw new EnsembleError('LOAD', `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new EnsembleError(
      'LOAD',
      `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
