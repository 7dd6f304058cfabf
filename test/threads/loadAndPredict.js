/** A program with TensorFlow.js and nothing of ours: loads a saved model and predicts ones. `node loadAndPredict.js MODEL_FOLDER` */
import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8'));
const [{ paths, weights: weightSpecs }] = weightsManifest;
const weightData = new Uint8Array(readFileSync(path.join(folder, paths[0]))).buffer;
const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
const inputs = model.inputs.map(({ shape }) => tf.ones([1, ...shape.slice(1)]));
const outputs = model.predict(inputs);
const list = Array.isArray(outputs) ? outputs : [outputs];
console.log(JSON.stringify(Object.fromEntries(list.map((y, i) => [model.outputNames[i], [...y.dataSync()]]))));
