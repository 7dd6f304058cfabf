import { expect, it } from 'vitest';
import { lowerIsBetter } from '../../../src/train/scores.js';

it('losses are better when they are lower; a metric says so of itself; of unknown scores the higher is the better', () => {
  const names = ['loss', 'val_loss', 'test_combined_loss', 'accuracy', 'val_cnn3_accuracy', 'glossy', 'something'];
  expect(lowerIsBetter(names)).toEqual(['loss', 'val_loss', 'test_combined_loss']);
});
