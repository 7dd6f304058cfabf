import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Training } from '../../../src/callbacks/callback.js';
import { verboseCallback } from '../../../src/callbacks/progress.js';

/** Progress does nothing to the training. */
const training = {} as Training;

describe('the progress bar', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A terminal, and what was written to it. */
  function terminal() {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
    return { stream: stream as unknown as NodeJS.WriteStream, written: () => String(stream.read()) };
  }
  const at = (epoch: number, step: number) => ({ epoch, epochs: 4, step, steps: 10, scores: { loss: 1 } });

  it('leaves no timer and wraps lines again when training stops in the middle of an epoch', async () => {
    const { stream, written } = terminal();
    const callbacks = verboseCallback(1, stream);
    for (const callback of callbacks) callback.onProgress?.(at(0, 3));
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    for (const callback of callbacks) await callback.onTeardown?.();
    expect(vi.getTimerCount()).toBe(0);
    expect(written()).toMatch(/\x1B\[\?7h[^?]*$/); // eslint-disable-line no-control-regex
  });

  it('leaves the terminal in order where the process exits at once', () => {
    const { stream, written } = terminal();
    const before = process.listeners('exit');
    const callbacks = verboseCallback(1, stream);
    for (const callback of callbacks) callback.onProgress?.(at(0, 3));
    const [added] = process.listeners('exit').filter((listener) => !before.includes(listener));
    added?.(130);
    expect(written()).toContain('\x1B[?7h');
    expect(process.listeners('exit')).toEqual(before);
  });

  it('goes on in the next epoch where it was', async () => {
    const { stream, written } = terminal();
    const callbacks = verboseCallback(1, stream);
    for (const callback of callbacks) {
      await callback.onTrainBegin?.(4, training);
      callback.onProgress?.(at(0, 10));
      await callback.onEpochEnd?.(0, { loss: 1 });
    }
    written();
    for (const callback of callbacks) {
      callback.onProgress?.(at(1, 0));
      await callback.onTeardown?.();
    }
    expect(written()).toContain('epoch 2/4 ██████░░░░░░░░░░░░░░░░░░ 25%');
  });
});
