import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectedBy } from '../../../src/text/schemas.js';

describe('what a schema expects', () => {
  it.each<[string, z.ZodType]>([
    ['a number', z.number()],
    ['a number > 0', z.number().positive()],
    ['a number >= 0 and < 1', z.number().min(0).lt(1)],
    ['an integer', z.int()],
    ['an integer >= 1', z.int().min(1).default(32)],
    ['an integer >= 1 and <= 9', z.int().min(1).max(9)],
    ['an integer >= 1', z.int().min(1).nullable().default(null)],
    ['true or false', z.boolean().default(true)],
    ['a text', z.string()],
    ['a list', z.array(z.string())],
    ['a mapping', z.record(z.string(), z.number())],
    ['"auto"', z.literal('auto')],
    ['"auto" or "strict"', z.enum(['auto', 'strict'])],
    ['0, 1 or 2', z.literal([0, 1, 2])],
    ['"auto" or an integer >= 1', z.union([z.literal('auto'), z.int().min(1)])],
    ['an AbortSignal', z.instanceof(AbortSignal).meta({ rule: 'an AbortSignal' }).nullable().default(null)],
    ['any value', z.custom(() => true)],
  ])('is said in words: %s', (words, schema) => {
    expect(expectedBy(schema)).toBe(words);
  });
});
