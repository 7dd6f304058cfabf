import { describe, expect, it } from 'vitest';
import { resolveFitOptions, resolveRunOptions } from '../../../src/coordinator/settings.js';

describe('options of fit', () => {
  it("have Keras's defaults", () => {
    expect(resolveFitOptions({})).toMatchObject({ batchSize: 32, epochs: 1, shuffle: true, validationSplit: 0 });
  });

  it.each<[object | null, string[]]>([
    [null, ['`fit`', 'Received: null']],
    [{ batchsize: 64 }, ['`fit`', '"batchsize"; did you mean "batchSize"?']],
    [{ validation_split: 0.1 }, ['did you mean "validationSplit"?']],
    [{ batchSize: '32' }, ['`batchSize`', 'integer >= 1', 'Received: "32"']],
    [{ epochs: 0 }, ['`epochs`', 'Received: 0']],
    [{ seed: -1 }, ['`seed`', 'Received: -1']],
    [{ shuffle: 'batch' }, ['`shuffle`', 'Received: "batch"']],
    [{ threads: 0 }, ['`threads`', '"auto" or an integer >= 1', 'Received: 0']],
    [{ simd: 'fast' }, ['`simd`', '"auto" or "strict"', 'Received: "fast"']],
    [{ engine: 'jax' }, ['`engine`', 'one of "auto", ', 'Received: "jax"']],
    [{ engine: { cnn: 'jax' } }, ['`engine.cnn`', 'one of "auto", ', 'Received: "jax"']],
    [{ stepTimeout: 0.5 }, ['`stepTimeout`', 'an integer >= 1', 'Received: 0.5']],
    [{ verbose: true }, ['`verbose`', 'Received: true']],
    [{ callbacks: {} }, ['`callbacks`', 'a list', 'Received: {}']],
    [{ callbacks: [null] }, ['`callbacks`', 'Received: [ null ]']],
    [{ signal: 'x' }, ['`signal`', 'AbortSignal', 'Received: "x"']],
    [{ validationSplit: 1 }, ['`validationSplit`', 'Received: 1']],
    [{ validationSplit: '0.1' }, ['`validationSplit`', 'Received: "0.1"']],
    [{ validationData: { x: 1, y: 2 } }, ['`validationData`', '[inputs, targets]', 'Received: { x: 1, y: 2 }']],
  ])('are refused: %j', (options, parts) => {
    const resolve = () => resolveFitOptions(options as never);
    expect(resolve).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    for (const part of parts) expect(resolve).toThrow(part);
  });

  it('are not those of evaluate and predict', () => {
    expect(() => resolveRunOptions('predict', { epochs: 1 } as object)).toThrow('"epochs"');
  });
});
