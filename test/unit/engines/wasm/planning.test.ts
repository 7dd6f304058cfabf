import { describe, expect, it } from 'vitest';
import { multiplyAdds, programEnd, whyNotWasm } from '../../../../src/engines/wasm/planning.js';
import { countCompilations, memberOf, type ModelKind } from '../plans.js';

describe('what does not depend on the batch', () => {
  it.each<[ModelKind, string | null, number | null]>([
    // 8 x 8 places x 9 x 4 weights, and 256 x 4.
    ['small', null, 64 * 36 + 1024],
    ['recurrent', 'is a LSTM', null],
  ])('is found out once for a member that is %s', (kind, reason, count) => {
    const { plan, compilations } = countCompilations(memberOf(kind));
    for (let asked = 0; asked < 3; asked++) {
      const whyNot = whyNotWasm(plan);
      if (reason === null) expect(whyNot).toBeNull();
      else expect(whyNot).toContain(reason);
      expect(multiplyAdds(plan)).toBe(count);
    }
    expect(compilations()).toBe(1);
  });
});

it('lays out the memory of a run once, from its base', () => {
  const { plan, compilations } = countCompilations(memberOf('small'));
  const run = { plan, batchSize: 8, optimizer: null, logits: false };
  const bytes = programEnd({ ...run, base: 0 });
  expect(compilations()).toBe(1);
  expect(programEnd({ ...run, base: 4096 })).toBe(4096 + bytes);
});

it('refuses to lay out what it does not cover', () => {
  const run = { plan: memberOf('recurrent'), batchSize: 8, optimizer: null, logits: false, base: 0 };
  expect(() => programEnd(run)).toThrow(
    expect.objectContaining({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('LSTM') as string }),
  );
});
