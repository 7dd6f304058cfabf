import { describe, expect, it } from 'vitest';
import { allocateLockstep, Lockstep, Stopped, stepsDone, stopLockstep } from '../../../src/protocol/lockstep.js';

/** Two threads of a group, in one: what `meanwhile` does happens while the first of them waits at its meeting. */
function meetBoth(words: Int32Array, meanwhile: (second: Lockstep) => void): Lockstep {
  const second = new Lockstep(words, 2, { until: () => undefined, ring: () => undefined });
  const first = new Lockstep(words, 2, {
    until: () => {
      meanwhile(second);
    },
    ring: () => undefined,
  });
  first.meet(() => {
    throw new Error('The first to come does not exchange');
  });
  return first;
}

describe('a stop', () => {
  it('right after a meeting leaves the step to all, and ends the next one', () => {
    const words = allocateLockstep();
    const first = meetBoth(words, (second) => {
      second.meet(() => undefined);
      stopLockstep(words); // the first has not woken up yet
    });
    expect(stepsDone(words)).toBe(1);
    expect(() => {
      first.meet(() => undefined);
    }).toThrow(Stopped);
  });

  it('during the exchange takes the step from all', () => {
    const words = allocateLockstep();
    const meet = (): unknown =>
      meetBoth(words, (second) => {
        expect(() => {
          second.meet(() => {
            stopLockstep(words);
          });
        }).toThrow(Stopped);
      });
    expect(meet).toThrow(Stopped);
    expect(stepsDone(words)).toBe(0);
  });

  it('ends a wait', () => {
    const words = allocateLockstep();
    expect(() =>
      meetBoth(words, () => {
        stopLockstep(words);
      }),
    ).toThrow(Stopped);
  });
});
