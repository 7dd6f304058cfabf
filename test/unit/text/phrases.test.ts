import { expect, it } from 'vitest';
import { counted } from '../../../src/text/phrases.js';

it('counts', () => {
  expect([counted(1, 'run'), counted(0, 'run')]).toEqual(['1 run', '0 runs']);
});
