import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ExperimentBars,
  ExperimentFailures,
  ExperimentLines,
  type ExperimentView,
} from '../../../src/cli/experimentProgress.js';
import type { ExperimentEvent } from '../../../src/experiment/events.js';

type Type = ExperimentEvent['type'];
type Of<T extends Type> = Omit<Extract<ExperimentEvent, { type: T }>, 'type'>;

const RUN = { variant: 'mean', seed: 1 };
const BEGIN: Of<'begin'> = { name: 'tiny', variants: 2, runs: 3, kept: 1, threads: 2, folder: '/tmp/tiny' };
/** With the time left of all runs. */
const PROGRESS: Of<'progress'> = {
  ...RUN,
  epoch: 1,
  epochs: 2,
  step: 3,
  steps: 6,
  scores: { loss: 0.5 },
  msLeft: 12_000,
  seriesMsLeft: 90_000,
};
const AT_ITS_END = { ...PROGRESS, step: 6, msLeft: 0 };
const FINISH: Of<'finish'> = {
  ...RUN,
  folder: 'runs/mean-seed-1-0',
  wallMs: 3000,
  metrics: {
    test_loss: 0.4,
    test_a_loss: 0.2,
    test_accuracy: 0.9,
    test_members_loss: 0.6,
    test_members_accuracy: 0.8,
    val_accuracy: 0.7,
    loss: 0.3,
  },
  done: 1,
  runs: 3,
  msLeft: 60_000,
};
const FAIL: Of<'fail'> = { ...RUN, error: 'LOSS_NOT_FINITE: x', done: 2, runs: 3, msLeft: 60_000 };
const END: Of<'end'> = { finished: 2, failed: 1, wallMs: 7000, busyShare: 0.5, files: ['results.md'] };

function show<T extends Type>(view: ExperimentView, type: T, fields: Of<T>): void {
  view.show({ type, ...fields } as unknown as ExperimentEvent);
}

function sink(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    written: () => String((stream.read() as Buffer | null) ?? ''),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('lines of a series', () => {
  it('say what begins, starts, ends and fails', () => {
    const { stream, written } = sink(false);
    const lines = new ExperimentLines(stream);
    show(lines, 'begin', { ...BEGIN, folder: process.cwd() + '/runs/tiny' });
    show(lines, 'start', { ...RUN, threads: 1 });
    show(lines, 'progress', PROGRESS);
    show(lines, 'finish', FINISH);
    show(lines, 'fail', FAIL);
    show(lines, 'end', END);
    expect(written().split('\n')).toEqual([
      'tiny: 2 variants; 3 runs, 1 already finished; 2 threads; runs/tiny',
      'start   mean, seed 1',
      'finish  mean, seed 1  3 s  test_accuracy 0.9000  test_loss 0.4000  test_a_loss 0.2000  [1/3, 1 min 0 s left]',
      'fail    mean, seed 1  LOSS_NOT_FINITE: x  [2/3]',
      '2 runs finished, 1 failed, in 7 s; threads busy 50 % of the time; wrote results.md',
      '',
    ]);
  });

  it('have one variant and one run in the singular', () => {
    const { stream, written } = sink(false);
    const lines = new ExperimentLines(stream);
    show(lines, 'begin', { ...BEGIN, variants: 1, runs: 1, kept: 0, threads: 1 });
    expect(written()).toContain('tiny: 1 variant; 1 run; 1 thread; ');
    show(lines, 'end', { ...END, finished: 1 });
    expect(written()).toMatch(/^1 run finished, 1 failed/);
  });

  it('tell each ten seconds of a run that goes on, and nothing of it where something else was told', () => {
    const { stream, written } = sink(false);
    const lines = new ExperimentLines(stream);
    const later = (ms: number, fields = PROGRESS): string => {
      vi.advanceTimersByTime(ms);
      show(lines, 'progress', fields);
      return written();
    };
    expect(later(9000)).toBe('');
    expect(later(1000)).toBe(
      'train   mean, seed 1  epoch 2/2  step 3/6  loss 0.5000  12 s left  [all runs: 1 min 30 s left]\n',
    );
    expect(later(9000)).toBe('');
    show(lines, 'start', { ...RUN, threads: 1 });
    written();
    expect(later(9000)).toBe('');
    expect(later(1000, AT_ITS_END)).toContain('step 6/6  loss 0.5000  testing');
  });
});

it('of a quiet series only failures are told', () => {
  const { stream, written } = sink(false);
  const failures = new ExperimentFailures(stream);
  show(failures, 'begin', BEGIN);
  show(failures, 'start', { ...RUN, threads: 1 });
  show(failures, 'finish', FINISH);
  show(failures, 'fail', FAIL);
  show(failures, 'end', END);
  expect(written()).toBe('fail    mean, seed 1  LOSS_NOT_FINITE: x  [2/3]\n');
});

/* eslint-disable no-control-regex -- what a terminal is told */
const IN_ORDER = /\x1B\[\?25h\x1B\[\?7h(?!.*\x1B\[\?(25l|7l))/s;

describe('bars of a series', () => {
  /** Bars under way, and what they draw within the next moment. */
  function begun() {
    const { stream, written } = sink(true);
    const bars = new ExperimentBars(stream);
    const drawn = (): string => {
      written();
      vi.advanceTimersByTime(200);
      return written();
    };
    show(bars, 'begin', BEGIN);
    show(bars, 'start', { ...RUN, threads: 1 });
    return { bars, written, drawn };
  }
  let before: unknown[] = [];
  beforeEach(() => {
    before = process.listeners('exit');
  });
  afterEach(() => {
    expect(process.listeners('exit')).toEqual(before);
  });

  it('show how far each run is, and when all will have ended', () => {
    const { bars, drawn } = begun();
    show(bars, 'progress', PROGRESS);
    expect(drawn()).toMatch(/all runs .* 0% {2}1 min 30 s left .*mean, seed 1 .* 75% {2}12 s left {2}loss 0\.5000/s);
    show(bars, 'progress', AT_ITS_END);
    expect(drawn()).toMatch(/mean, seed 1 .* 100% {2}testing {2}loss/);
    bars.stop();
  });

  it('shorten long names of variants, and leave their ends and seeds', () => {
    const { bars, drawn } = begun();
    show(bars, 'start', { variant: 'mean, batchSize=32, learningRate=0.001', seed: 12, threads: 1 });
    expect(drawn()).toMatch(/mean, bat…ate=0\.001, seed 12 [█░]/);
    bars.stop();
  });

  it('leave lines of what has ended above, whole, also when all ends at once', () => {
    const { bars, written } = begun();
    const error = 'THREAD_DIED: '.padEnd(300, 'x');
    show(bars, 'fail', { ...FAIL, error });
    show(bars, 'finish', { ...FINISH, done: 3 });
    show(bars, 'end', END);
    const text = written();
    expect(text).toContain(`\x1B[?7hfail    mean, seed 1  ${error}  [2/3]\x1B[?7l\n`);
    expect(text).toContain('finish  mean, seed 1');
    expect(text).toMatch(/2 runs finished, .*\n$/);
  });

  it.each<[string, (bars: ExperimentBars) => void]>([
    [
      'it ends',
      (bars) => {
        show(bars, 'end', END);
      },
    ],
    [
      'it ends by an error',
      (bars) => {
        bars.stop();
      },
    ],
    [
      'the process exits at once',
      () => {
        const added = process.listeners('exit').filter((listener) => !before.includes(listener));
        for (const listener of added) listener(130);
      },
    ],
  ])('give back cursor and wrapping of lines, and leave no timer, when %s', (_when, end) => {
    const { bars, written } = begun();
    expect(written()).toContain('\x1B[?25l\x1B[?7l');
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    end(bars);
    expect(written()).toMatch(IN_ORDER);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are none where nothing is to be run', () => {
    const { stream, written } = sink(true);
    const bars = new ExperimentBars(stream);
    show(bars, 'begin', { ...BEGIN, runs: 0 });
    show(bars, 'end', { ...END, finished: 0, failed: 0 });
    expect(written()).not.toContain('\x1B');
    expect(vi.getTimerCount()).toBe(0);
  });
});
