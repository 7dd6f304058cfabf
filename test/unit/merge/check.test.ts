import { describe, expect, it } from 'vitest';
import { resolveMerge } from '../../../src/merge/check.js';
import { mean, sum, weightedMean } from '../../../src/merge/index.js';
import { mergeRegistry } from '../../../src/merge/registry.js';

describe('plain data of a merge', () => {
  it.each([
    {
      config: { merge: 'median', members: ['a'] },
      message:
        `Expected output "out" to be a merge: the result of ${mergeRegistry.names.join('(), ')}(). ` +
        "Received: { merge: 'median', members: [Array] }",
    },
    { config: 'a', message: 'Received: "a"' },
    { config: undefined, message: 'Received: undefined' },
    { config: { merge: 'toString', members: ['a'] }, message: 'to be a merge' },
    { config: mean([]), message: `Expected output "out" to list at least one member's name in mean(). Received: []` },
    { config: { merge: 'mean', members: 'a' }, message: 'Received: "a"' },
    {
      config: sum(['a', 'b', 'a']),
      code: 'DUPLICATE_MEMBER',
      message: 'Expected output "out" to use each member once in sum(). Received: "a" twice',
    },
    { config: { merge: 'direct', members: ['a', 'b'] }, message: 'to have exactly one member in direct()' },
    {
      config: weightedMean(['a', 'b'], [1]),
      message: 'Expected output "out" to have a weight for each of the 2 members in weightedMean(). Received: [ 1 ]',
    },
    { config: { merge: 'weightedMean', members: ['a'] }, message: 'Received: undefined' },
    {
      config: weightedMean(['a', 'b'], [1, -1]),
      message: 'Expected output "out" to have finite weights >= 0 in weightedMean(). Received: [1, -1]',
    },
    { config: weightedMean(['a', 'b'], [1, NaN]), message: 'Received: [1, NaN]' },
    {
      config: weightedMean(['a', 'b'], [0, 0]),
      message: 'Expected output "out" to have weights with a finite sum > 0 in weightedMean(). Received: [0, 0]',
    },
    { config: weightedMean(['a', 'b'], [1e308, 1e308]), message: 'a finite sum > 0' },
    {
      config: { merge: 'mean', members: ['a'], weights: [1] },
      message: 'In output "out": Expected the options of mean() to be left out: it has none. Received: "weights"',
    },
    {
      config: { merge: 'weightedMean', members: ['a'], weight: [1] },
      message: 'Received: "weight"; did you mean "weights"?',
    },
  ])('is refused: $config', ({ config, code = 'INVALID_OPTION', message }) => {
    expect(() => {
      resolveMerge(config, 'out');
    }).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
  });
});
