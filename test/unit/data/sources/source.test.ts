import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../../../src/data/dataset.js';
import { mnist } from '../../../../src/data/sources/index.js';
import { sourceRegistry } from '../../../../src/data/sources/registry.js';
import { defineSource, loadSource } from '../../../../src/data/sources/source.js';
import { described } from '../../../../src/registry/options.js';
import { ramp, type RampOptions } from './ramp.js';

const refused = (message: string) => ({
  code: 'INVALID_OPTION',
  message: expect.stringContaining(message) as string,
});

describe('the function of a source', () => {
  it('takes the main option first, then the others, and fills in defaults', async () => {
    const { name, x, y } = await ramp(4, { height: 2 });
    expect(name).toBe('ramp');
    expect([...x.values]).toEqual([0, 0.5, 1, 1.5]);
    expect([...y.values]).toEqual([0, 1, 0, 1]);
    expect([...(await ramp(2)).x.values]).toEqual([0, 0.5]);
  });

  it('takes options alone where there is no main one', async () => {
    const repeated = defineSource({
      name: 'repeated',
      summary: 'A ramp again.',
      options: { length: described(z.int().default(2), { description: 'Number of samples.' }) },
      load: ({ length }) => ramp(length),
    });
    expect((await repeated({ length: 3 })).x.samples).toBe(3);
    expect((await repeated()).x.samples).toBe(2);
    await expect(repeated({ lenght: 3 } as never)).rejects.toMatchObject(refused('did you mean "length"'));
  });

  it('rejects options that are not allowed; it does not throw', async () => {
    await expect(ramp(0)).rejects.toMatchObject(refused('Expected `length` to be an integer >= 1. Received: 0'));
    await expect(ramp(2, { heigth: 1 } as never)).rejects.toMatchObject(refused('did you mean "height"'));
    await expect(ramp(2, { length: 3 } as never)).rejects.toMatchObject(refused('among height, limit.'));
    await expect(ramp(2, null as never)).rejects.toMatchObject(refused('to be an object'));
  });

  it('has types for its options', () => {
    expectTypeOf(ramp).parameters.toEqualTypeOf<[main: number, options?: RampOptions]>();
    expectTypeOf(ramp).returns.toEqualTypeOf<Promise<Dataset>>();
    expectTypeOf<RampOptions>().toEqualTypeOf<{
      readonly height?: number | undefined;
      readonly limit?: number | undefined;
    }>();
    const file = defineSource({
      name: 'file',
      summary: 'A file.',
      options: { path: z.string(), target: z.string() },
      main: 'path',
      load: () => ramp(1),
    });
    expectTypeOf(file).parameters.toEqualTypeOf<[main: string, options: { readonly target: string }]>();
  });
});

describe('loadSource', () => {
  it('loads by the definition, with all options by their names', async () => {
    const { x } = await loadSource(sourceRegistry.get('mnist'), { split: 'test', limit: 3 });
    expect(x.values).toEqual((await mnist('test', { limit: 3 })).x.values);
    await expect(loadSource(mnist.definition, { limit: 3 })).rejects.toMatchObject(refused('`split`'));
  });
});
