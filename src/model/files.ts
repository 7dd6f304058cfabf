import * as tf from '@tensorflow/tfjs';
import { mkdir } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { EnsembleError } from '../errors.js';
import { readBytes, readJson, writeWhole } from '../files.js';

const MODEL_FILE = 'model.json';
const WEIGHTS_FILE = 'weights.bin';

/** The parts of `model.json` that are read here. tfjs checks the rest. */
const modelFile = z.object({
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.looseObject({ name: z.string(), shape: z.array(z.number()), dtype: z.string() })),
    }),
  ),
});

/** Writes `model.json` and its weights in the format of `tf.loadLayersModel`. Creates the folder if it does not exist. */
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

/**
 * Reads a model in tfjs's format.
 * @param path the path of the model's JSON file, or of a folder with a `model.json`
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
    // A model file may come from an unknown source, so it must not name files outside its folder.
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
