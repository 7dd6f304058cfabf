import { describe, expect, it } from 'vitest';
import type { Cost } from '../../../src/experiment/cost.js';
import type { PlannedRun } from '../../../src/experiment/plan.js';
import { Schedule, type Budget } from '../../../src/experiment/schedule.js';

const MB = 1e6;
const ROOMY = 1e12;

function run(variant: string, ms: number, { bytes = MB, priority = 0, mostThreads = 8 } = {}): PlannedRun {
  return { variant, seed: 1, cost: { ms, bytes }, priority, mostThreads, identity: variant } as PlannedRun;
}

/** A schedule whose runs end when they are told to. */
function schedule(runs: readonly PlannedRun[], budget: Budget, paused = false) {
  const started: string[] = [];
  const ends = new Map<string, (took: Cost | Error | null) => void>();
  const made = new Schedule(runs, budget, ({ variant }, threads) => {
    started.push(`${variant}:${threads}`);
    return new Promise((resolve, reject) => {
      ends.set(variant, (took) => {
        if (took instanceof Error) reject(took);
        else resolve(took);
      });
    });
  });
  if (paused) made.pause();
  const stopping = new AbortController();
  const done = made.done(stopping.signal);
  done.catch(() => undefined);
  /** Ends a run and lets what follows from it happen. */
  const end = async (variant: string, took: Cost | Error | null = null): Promise<void> => {
    ends.get(variant)?.(took);
    await new Promise(setImmediate);
  };
  return { made, started, end, done, stopping };
}

describe('a schedule', () => {
  it('starts the longest first, as many as there are threads, and the next when one ends', async () => {
    const { started, end, done } = schedule([run('b', 2), run('d', 4), run('a', 1), run('c', 3)], {
      threads: 2,
      bytes: ROOMY,
    });
    expect(started).toEqual(['d:1', 'c:1']);
    await end('c');
    expect(started).toEqual(['d:1', 'c:1', 'b:1']);
    for (const variant of ['d', 'b', 'a']) await end(variant);
    await done;
    expect(started).toEqual(['d:1', 'c:1', 'b:1', 'a:1']);
  });

  it('lets a higher priority go before a longer run', () => {
    const { started } = schedule([run('long', 9), run('first', 1, { priority: 1 })], { threads: 1, bytes: ROOMY });
    expect(started).toEqual(['first:1']);
  });

  it('gives threads that nobody waits for to the runs that start', async () => {
    const { started, end } = schedule([run('a', 3), run('b', 2), run('c', 1)], { threads: 6, bytes: ROOMY });
    expect(started).toEqual(['a:2', 'b:2', 'c:2']);
    const narrow = schedule([run('a', 3, { mostThreads: 3 })], { threads: 6, bytes: ROOMY });
    expect(narrow.started).toEqual(['a:3']);
    await end('a');
  });

  it('starts as many as fit into memory together, in their order, and one at least', async () => {
    const runs = [
      run('a', 4, { bytes: 400 * MB }),
      run('b', 3, { bytes: 200 * MB }),
      run('c', 2, { bytes: 10 * MB }),
      run('d', 1, { bytes: 10 * MB }),
    ];
    expect(schedule(runs, { threads: 4, bytes: MB }).started).toEqual(['a:4']);
    const { started, end } = schedule(runs, { threads: 4, bytes: 610 * MB });
    expect(started).toEqual(['a:1', 'b:1', 'c:2']);
    await end('c'); // its place is for the next, which needs no more
    expect(started).toEqual(['a:1', 'b:1', 'c:2', 'd:2']);
  });

  it('does not hold up small runs for a large one that comes later', () => {
    const small = ['a', 'b', 'c'].map((name) => run(name, 2, { bytes: 10 * MB }));
    const { started } = schedule([...small, run('large', 1, { bytes: 900 * MB })], { threads: 4, bytes: 910 * MB });
    expect(started).toHaveLength(3);
  });

  it('learns from what runs took how much memory the others need', async () => {
    const runs = ['a', 'b', 'c', 'd'].map((name, i) => run(name, 9 - i, { bytes: 100 * MB }));
    const { started, end } = schedule(runs, { threads: 2, bytes: 300 * MB });
    expect(started).toEqual(['a:1', 'b:1']);
    await end('a', { ms: 1, bytes: 260 * MB }); // more than was estimated by what two have no room for
    expect(started).toEqual(['a:1', 'b:1']);
    await end('b', { ms: 1, bytes: 100 * MB });
    expect(started).toEqual(['a:1', 'b:1', 'c:2']);
  });

  it('tells when the last thread will be free, by what runs took', async () => {
    const { made, end } = schedule([run('a', 100), run('b', 100), run('c', 50), run('d', 10)], {
      threads: 2,
      bytes: ROOMY,
    });
    expect(made.msLeft(() => 0)).toBe(150);
    await end('a', { ms: 300, bytes: MB }); // three times what was estimated
    expect(made.msLeft(({ variant }) => (variant === 'b' ? 0.5 : 0))).toBe(3 * (50 + 10));
  });

  it('can be told to pause before it starts', () => {
    const { made, started } = schedule([run('a', 1)], { threads: 1, bytes: ROOMY }, true);
    expect(started).toEqual([]);
    made.resume();
    expect(started).toEqual(['a:1']);
  });

  it('starts nothing while it pauses', async () => {
    const { made, started, end } = schedule([run('a', 2), run('b', 1)], { threads: 1, bytes: ROOMY });
    made.pause();
    await end('a');
    expect(started).toEqual(['a:1']);
    made.resume();
    expect(started).toEqual(['a:1', 'b:1']);
  });

  it.each([false, true])('starts nothing after a stop, and waits for what runs (paused: %s)', async (paused) => {
    const { made, started, end, done, stopping } = schedule([run('a', 2), run('b', 1)], { threads: 1, bytes: ROOMY });
    if (paused) made.pause();
    stopping.abort(new Error('stopped'));
    await end('a');
    await expect(done).rejects.toThrow('stopped');
    expect(started).toEqual(['a:1']);
  });

  it('ends with an error of its own, after those that run', async () => {
    const { started, end, done } = schedule([run('a', 3), run('b', 2), run('c', 1)], { threads: 2, bytes: ROOMY });
    await end('a', new Error('no space'));
    expect(started).toEqual(['a:1', 'b:1']);
    await end('b');
    await expect(done).rejects.toThrow('no space');
  });
});
