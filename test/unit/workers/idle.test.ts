import { describe, expect, it } from 'vitest';
import { allocateBell, Bell } from '../../../src/protocol/bell.js';
import { Idle } from '../../../src/workers/idle.js';

/** A bell on which a wait does what another thread does meanwhile. */
class TestBell extends Bell {
  readonly waits: number[] = [];

  constructor(private readonly meanwhile: () => void) {
    super(allocateBell());
  }

  override wait(rings: number): void {
    this.waits.push(rings);
    if (this.rings === rings) this.meanwhile();
  }
}

describe('a thread that waits', () => {
  it('does not wait for what is over', () => {
    const bell = new TestBell(() => undefined);
    const idle = new Idle(bell, () => {
      throw new Error('no help is needed');
    });
    idle.until(() => true);
    expect(bell.waits).toEqual([]);
  });

  it('does parts of others’ work as long as there are any, and looks after each whether the wait is over', () => {
    let parts = 3;
    const asked: number[] = [];
    const bell = new TestBell(() => undefined);
    const idle = new Idle(bell, () => parts-- > 0);
    idle.until(() => {
      asked.push(parts);
      return parts === 1;
    });
    expect(asked).toEqual([3, 2, 1]);
    expect(bell.waits).toEqual([]);
  });

  it('sleeps when there is nothing to do, and looks anew after a ring', () => {
    let over = false;
    const bell = new TestBell(() => {
      over = true;
      bell.ring();
    });
    const idle = new Idle(bell, () => false);
    idle.until(() => over);
    expect(bell.waits).toHaveLength(1);
  });

  it('reads the bell before it looks, so that a ring between look and sleep is not missed', () => {
    let over = false;
    const bell = new TestBell(() => {
      throw new Error('slept through a ring');
    });
    const idle = new Idle(bell, () => {
      over = true; // after `until` has asked, before it sleeps
      bell.ring();
      return false;
    });
    idle.until(() => over);
    expect(bell.waits).toHaveLength(1);
    expect(bell.rings).toBe((bell.waits[0] ?? NaN) + 1);
  });

  it('tells the time that it spent on others’ work, once', () => {
    let parts = 1;
    const idle = new Idle(new TestBell(() => undefined), () => {
      const end = performance.now() + 2;
      while (performance.now() < end);
      return parts-- > 0;
    });
    idle.until(() => parts === 0);
    expect(idle.takeHelpTime()).toBeGreaterThanOrEqual(2);
    expect(idle.takeHelpTime()).toBe(0);
  });

  it('rings the bell for others', () => {
    const bell = new TestBell(() => undefined);
    new Idle(bell, () => false).ring();
    expect(bell.rings).toBe(1);
  });
});
