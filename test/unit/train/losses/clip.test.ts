import { expect, it } from 'vitest';
import { clip, clipSlope } from '../../../../src/train/losses/clip.js';

const [LOWEST, HIGHEST] = [Math.fround(1e-7), Math.fround(1 - 1e-7)];

it('keeps probabilities between the bounds of Keras in float32, and lets NaN pass', () => {
  expect([0, LOWEST, 0.5, HIGHEST, 1].map(clip)).toEqual([LOWEST, LOWEST, 0.5, HIGHEST, HIGHEST]);
  expect(clip(NaN)).toBeNaN();
});

it('has the slope 1 within the bounds and on them, and 0 outside', () => {
  expect([0, LOWEST, 0.5, HIGHEST, 1].map(clipSlope)).toEqual([0, 1, 1, 1, 0]);
});
