import { adam, Ensemble, direct, mean, sgd } from 'tfjs-ensemble';
import { describe, expect, it } from 'vitest';
import { cnn, digits, openGate, setTrap, SETUP, weightsOf } from './helpers.js';

const data = await digits(88);

describe('groups', () => {
  it('do not wait for each other within an epoch', async () => {
    const gate = setTrap('wait', 1);
    await using ensemble = new Ensemble({
      members: {
        cnn1: { model: cnn('cnn1') },
        cnn2: { model: cnn('cnn2') },
        cnn3: { model: cnn('cnn3', { trap: true }) },
      },
      outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
      setup: SETUP,
    });
    ensemble.compile({ optimizer: sgd(), loss: 'categoricalCrossentropy' });
    let otherGroupEnded = false;
    // cnn3 stands at the gate in its first step. It is opened only once the other group has done all of its steps: if that group
    // waited for cnn3, this would never come.
    await ensemble.fit(data.x, [data.y, data.y], {
      batchSize: 16,
      threads: 3,
      callbacks: [
        {
          onProgress: ({ step, steps }) => {
            if (step < steps) return;
            otherGroupEnded = true;
            openGate(gate);
          },
        },
      ],
    });
    expect(otherGroupEnded).toBe(true);
  });
});

describe('the same seed', () => {
  const train = async ({ threads = 3, seed = 1, slow = false, rate = 0.3 }): Promise<number[][][]> => {
    setTrap(slow ? 'slow' : 'none');
    const members = {
      cnn1: { model: cnn('cnn1', { rate, trap: true }) },
      cnn2: { model: cnn('cnn2', { rate }) },
      cnn3: { model: cnn('cnn3', { rate }) },
    };
    await using ensemble = new Ensemble({
      members,
      outputs: { combined: mean(['cnn1', 'cnn2']), cnn3: direct('cnn3') },
      setup: SETUP,
    });
    ensemble.compile({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), loss: 'categoricalCrossentropy' });
    await ensemble.fit(data.x, [data.y, data.y], { batchSize: 16, epochs: 2, threads, seed });
    return Object.values(members).map(({ model }) => weightsOf(model));
  };

  it('gives the same weights bit for bit with 1, 2 and 3 threads, and with a slow member; another seed gives others', async () => {
    const three = await train({ threads: 3 });
    expect(await train({ threads: 1 })).toEqual(three);
    expect(await train({ threads: 2 })).toEqual(three);
    expect(await train({ slow: true })).toEqual(three);
    expect(await train({ seed: 2 })).not.toEqual(three);
  });

  it('gives the same weights bit for bit where threads take parts of a member: one with 1, 2 and 3, three with 4', async () => {
    const fit = async (names: string[], threads: number): Promise<number[][][]> => {
      const members = Object.fromEntries(names.map((name) => [name, { model: cnn(name, { rate: 0.3 }) }]));
      await using ensemble = new Ensemble({ members, outputs: { combined: mean(names) } });
      ensemble.compile({ optimizer: adam(), loss: 'categoricalCrossentropy' });
      const options = { batchSize: 72, epochs: 3, threads, seed: 1, engine: 'wasm' } as const;
      expect((await ensemble.fit(data.x, data.y, options)).run.threads).toBe(threads);
      return Object.values(members).map(({ model }) => weightsOf(model));
    };
    const single = await fit(['cnn1'], 1);
    expect(await fit(['cnn1'], 2)).toEqual(single);
    expect(await fit(['cnn1'], 3)).toEqual(single);
    const three = await fit(['cnn1', 'cnn2', 'cnn3'], 1);
    expect(await fit(['cnn1', 'cnn2', 'cnn3'], 4)).toEqual(three);
  });
});
