import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../../src/text/names.js';

describe('nearest', () => {
  it.each([
    ['batchsize', ['batchSize', 'epochs'], 'batchSize'],
    ['validation_split', ['validationSplit', 'validationData'], 'validationSplit'],
    ['cnn4', ['cnn1', 'other'], 'cnn1'],
    ['C', ['a', 'c'], 'c'],
    ['c', ['a', 'b'], undefined],
    ['xy', ['ab'], undefined],
    ['', ['a'], undefined],
    ['anything', [], undefined],
  ])('of %j among %j is %j', (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });

  it('is said at the end of a message, or nothing is', () => {
    expect(didYouMean('adm', ['adam', 'sgd'])).toBe('; did you mean "adam"?');
    expect(didYouMean('c', ['a', 'b'])).toBe('');
  });
});
