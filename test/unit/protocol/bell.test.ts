import { afterEach, describe, expect, it, vi } from 'vitest';
import { allocateBell, Bell } from '../../../src/protocol/bell.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Two threads' views of one bell. */
function two(spins = false): [Bell, Bell] {
  const words = allocateBell(spins);
  return [new Bell(words), new Bell(words)];
}

describe('a bell', () => {
  it('is waited upon by the number of rings that was read: a ring in between ends the wait at once', () => {
    const [waiter, ringer] = two();
    const wait = vi.spyOn(Atomics, 'wait');
    const { rings } = waiter;
    ringer.ring(); // after the look for work, before the wait
    waiter.wait(rings);
    expect(wait.mock.results).toEqual([{ type: 'return', value: 'not-equal' }]);
  });

  it('counts every ring, and wakes all who sleep', () => {
    const [waiter, ringer] = two();
    const notify = vi.spyOn(Atomics, 'notify');
    const before = waiter.rings;
    ringer.ring();
    ringer.ring();
    expect(waiter.rings).toBe(before + 2);
    expect(notify.mock.calls.map(([, , count]) => count)).toEqual([undefined, undefined]); // no count: everybody
  });

  it('sleeps without a look where threads have no core to themselves', () => {
    const [waiter] = two();
    const wait = vi.spyOn(Atomics, 'wait').mockReturnValue('ok');
    const clock = vi.spyOn(performance, 'now');
    waiter.wait(waiter.rings);
    expect(wait).toHaveBeenCalledOnce();
    expect(clock).not.toHaveBeenCalled();
  });

  it('looks for a while before it sleeps where they have, and does not sleep when it rings meanwhile', () => {
    const [waiter, ringer] = two(true);
    const wait = vi.spyOn(Atomics, 'wait').mockReturnValue('ok');
    let looks = 0;
    const { load } = Atomics;
    const { rings } = waiter;
    vi.spyOn(Atomics, 'load').mockImplementation((...args: Parameters<typeof load>) => {
      if (++looks === 10) ringer.ring();
      return load(...args);
    });
    waiter.wait(rings);
    expect(wait).not.toHaveBeenCalled();
  });

  it('sleeps when the while is over', () => {
    const [waiter] = two(true);
    const wait = vi.spyOn(Atomics, 'wait').mockReturnValue('ok');
    let ms = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (ms += 0.04)); // three glances
    waiter.wait(waiter.rings);
    expect(wait).toHaveBeenCalledOnce();
    expect(ms).toBeGreaterThan(0.1);
  });

  it('rings as a thread ends its pass, and counts those threads until the next pass', () => {
    const [one, other] = two();
    const { rings } = other;
    one.finish();
    other.finish();
    expect([other.finished, other.rings]).toEqual([2, rings + 2]);
    one.reset();
    expect(other.finished).toBe(0);
  });

  it('rings as it breaks, and stays broken', () => {
    const [one, other] = two();
    const { rings } = other;
    expect(other.isBroken).toBe(false);
    one.break();
    expect([other.isBroken, other.rings]).toEqual([true, rings + 1]);
    one.reset();
    expect(other.isBroken).toBe(true);
  });
});
