import { expect, it } from 'vitest';
import { createEngine } from '../../../../src/engines/index.js';
import { ThreadSession } from '../../../../src/workers/threadSession.js';

it('runs a member without TensorFlow.js: a thread that has this engine alone does not load it', async () => {
  expect(new ThreadSession(() => undefined)).toBeDefined();
  const engine = await createEngine('wasm', 'auto');
  const output = new Float32Array(2);
  const dense = { class_name: 'Dense', config: { name: 'dense', units: 2, activation: 'linear', use_bias: false } };
  const member = await engine.create({
    plan: {
      name: 'member',
      inputs: ['input'],
      inputShapes: [[3]],
      outputShape: [2],
      logits: null,
      topology: { class_name: 'Sequential', config: { name: 'sequential', layers: [dense] } },
      weights: [{ name: 'dense/kernel', shape: [3, 2], trainable: true }],
    },
    optimizer: null,
    batchSize: 1,
    slots: { output, outputGradient: null, logits: null, logitsGradient: null },
    memory: null,
  });
  member.load({
    weights: Float32Array.of(1, 2, 3, 4, 5, 6),
    slots: new Float32Array(),
    iterations: new Float64Array(1),
    learningRate: Float64Array.of(NaN),
  });
  member.inputs[0]?.set([1, 10, 100]);
  engine.infer([member], { rows: 1, seed: 0 });
  expect([...output]).toEqual([531, 642]);
  expect('_tfengine' in globalThis).toBe(false);
});
