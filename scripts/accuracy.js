/**
 * Measures the accuracy of case 4 (the mean of two members, and a direct output) after training on the first digits of MNIST. Tests on all
 * 10,000 test digits. Prints a JSON line per seed, and the mean. scripts/accuracy_keras.py does the same with Keras 3.
 *
 *     npm run accuracy -- --samples 4000 --epochs 4 --seeds 3
 */
import * as tf from '@tensorflow/tfjs';
import { parseArgs } from 'node:util';
import { adam, direct, Ensemble, mean } from 'tfjs-ensemble';
import { mnist } from 'tfjs-ensemble/data';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '4000' },
    epochs: { type: 'string', default: '4' },
    seeds: { type: 'string', default: '3' },
  },
});
const [samples, epochs, seeds] = [Number(values.samples), Number(values.epochs), Number(values.seeds)];

// The default initializer of Keras. The default of tfjs is a truncated normal distribution with a smaller variance, which learns more slowly at first.
const kernelInitializer = 'glorotUniform';
const cnn = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [28, 28, 1],
        filters: 25,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer,
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 32, activation: 'relu', kernelInitializer }),
      tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer }),
    ],
  });

const digits = await mnist('train', { limit: samples });
const test = await mnist('test');
const results = [];
for (let seed = 1; seed <= seeds; seed++) {
  const ensemble = new Ensemble({
    members: { cnn1: { model: cnn() }, cnn2: { model: cnn() }, cnn3: { model: cnn() } },
    outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
  });
  ensemble.initialize(seed);
  ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  await ensemble.fit(digits.x, [digits.y, digits.y], { batchSize: 64, epochs, seed });
  const scores = await ensemble.evaluate(test.x, [test.y, test.y], { batchSize: 500 });
  await ensemble.close();
  results.push({ combined: scores.combined_accuracy, cnn3: scores.cnn3_accuracy });
  console.log(JSON.stringify({ seed, ...results.at(-1) }));
}
const average = (name) => results.reduce((sum, result) => sum + result[name], 0) / results.length;
console.log(JSON.stringify({ samples, epochs, combined: average('combined'), cnn3: average('cnn3') }));
