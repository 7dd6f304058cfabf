/**
 * Starts processes one after the other. Each trains four members in four threads on the engine `tensorflow`. Counts the processes that
 * crash or give another loss than the first one: `node scripts/stress-tensorflow.js [runs]` after `npm run setup:tensorflow`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { Ensemble, mean } from 'tfjs-ensemble';

const SAMPLES = 256;
const TIMEOUT_MS = 60_000;

async function train() {
  const names = ['a', 'b', 'c', 'd'];
  const model = (seed) => {
    const kernelInitializer = tf.initializers.glorotUniform({ seed });
    return tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1], kernelInitializer }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.dropout({ rate: 0.2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4, activation: 'softmax', kernelInitializer }),
      ],
    });
  };
  const ensemble = new Ensemble({
    members: Object.fromEntries(names.map((name, i) => [name, { model: model(i + 1) }])),
    outputs: { y: mean(names) },
  });
  ensemble.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  const pixels = Float32Array.from({ length: SAMPLES * 144 }, (_, i) => ((i * 7919) % 1000) / 1000);
  const x = tf.tensor(pixels, [SAMPLES, 12, 12, 1]);
  const y = tf.tensor(
    Float32Array.from({ length: SAMPLES }, (_, i) => (i * 31) % 4),
    [SAMPLES],
  );
  const { history } = await ensemble.fit(x, y, { batchSize: 64, seed: 1, engine: 'tensorflow', threads: 4 });
  await ensemble.close();
  console.log(history.loss[0]);
}

if (process.argv[2] === 'child') await train();
else {
  const runs = Number(process.argv[2] ?? 200);
  let first = null;
  let failed = 0;
  for (let run = 1; run <= runs; run++) {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'child'], {
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const loss = Number(stdout.toString().trim() || NaN);
    if (status === 0) first ??= loss;
    if (status === 0 && loss === first) continue;
    failed++;
    console.log(
      `run ${run}: ${signal ?? `exit ${status}`}, loss ${loss} (first: ${first})\n${stderr.toString().slice(-2000)}`,
    );
  }
  console.log(`${runs - failed} of ${runs} runs with four threads succeeded, with a loss of ${first}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
