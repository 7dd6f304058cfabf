import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it, vi } from 'vitest';
import type { Engine } from '../../../../src/engines/engine.js';
import { createWasmEngine } from '../../../../src/engines/wasm/index.js';
import { programEnd } from '../../../../src/engines/wasm/planning.js';
import { allocateBell } from '../../../../src/protocol/bell.js';
import { allocateBoard } from '../../../../src/protocol/board.js';
import type { MemberMemory } from '../../../../src/protocol/thread.js';
import { adam } from '../../../../src/train/optimizers/index.js';
import { exponentialDecay } from '../../../../src/train/schedules/index.js';
import { createMember, noExchange, type TestMember } from '../tfjs/helpers.js';

/** Three shards, and two of another size in a smaller batch. */
const BATCH_SIZE = 96;
const SMALLER = 70;
const BASE = 4096;
const DECAY = { initialLearningRate: 0.01, decaySteps: 1, decayRate: 0.5 };

afterEach(() => {
  vi.restoreAllMocks();
  tf.disposeVariables();
});

function network(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', inputShape: [8, 8, 1] }),
      tf.layers.batchNormalization(),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, activation: 'softmax', kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
    ],
  });
}

function train(test: TestMember, engine: Engine): Float32Array[] {
  for (const rows of [BATCH_SIZE, SMALLER]) engine.train([test.member], { rows, seed: 3 }, noExchange);
  engine.infer([test.member], { rows: BATCH_SIZE, seed: 3 });
  return [...test.weights(), test.slots.output.slice()];
}

it('takes the kernels that give the same bits on every CPU where it is asked to', () => {
  expect(createWasmEngine('strict').build).toBe('wasm simd');
});

it('does the same to the bit whether a member does its work alone or another thread does parts of it', async () => {
  const model = network();
  const options = { batchSize: BATCH_SIZE, optimizer: adam({ learningRate: exponentialDecay(DECAY) }) };
  const alone: Engine = createWasmEngine();
  const expected = train(await createMember(alone, model, options), alone);

  const [owner, helper]: [Engine, Engine] = [createWasmEngine(), createWasmEngine()];
  const first = await createMember(owner, model, options);
  const shared = {
    plan: first.plan,
    engine: owner.name,
    optimizer: options.optimizer,
    batchSize: BATCH_SIZE,
    logits: true,
  };
  const pages = Math.ceil(programEnd({ ...shared, base: BASE }) / 65_536);
  const memory: MemberMemory = {
    buffer: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
    base: BASE,
    board: allocateBoard(),
    bell: allocateBell(),
  };
  const member = await createMember(owner, model, { ...options, memory });
  helper.assist?.([{ ...shared, memory }]);
  // The helper wakes at once and takes all parts that there are; the owner finds none left.
  let helped = 0;
  vi.spyOn(Atomics, 'notify').mockImplementation(() => {
    while (helper.help?.() === true) helped++;
    return 1;
  });
  expect(train(member, owner)).toEqual(expected);
  expect(helped).toBeGreaterThan(10);
});
