import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { relative } from 'node:path';
import type { ExperimentEvent, RunName } from '../experiment/events.js';
import { MEMBERS_MEAN } from '../report/data.js';
import { rankMetrics } from '../run/record.js';
import { LINE_MS, showScores } from '../callbacks/progress.js';
import { counted, shortened, timeShown } from '../text/phrases.js';

type Of<Type extends ExperimentEvent['type']> = Extract<ExperimentEvent, { type: Type }>;

/** Shows the progress of a series. */
export interface ExperimentView {
  show(event: ExperimentEvent): void;
  /** Restores the terminal. It is also called after an error. */
  stop?(): void;
}

/** Width of a run's name next to its bar, in characters. */
const NAME_WIDTH = 28;
/** Number of metrics in the line of a finished run. */
const METRICS_SHOWN = 3;

const CLEAR_BELOW = '\x1B[J';
const WRAP = '\x1B[?7h';
const NO_WRAP = '\x1B[?7l';

/** Prints a line for each failed run, and nothing else. */
export class ExperimentFailures implements ExperimentView {
  constructor(private readonly stream: NodeJS.WritableStream) {}

  show(event: ExperimentEvent): void {
    if (event.type === 'fail') this.stream.write(`${lineOf(event)}\n`);
  }
}

/** Prints a line for each event, if the output is not a terminal. Progress is printed only if nothing else was printed for a while. */
export class ExperimentLines implements ExperimentView {
  #last = performance.now();

  constructor(private readonly stream: NodeJS.WritableStream) {}

  show(event: ExperimentEvent): void {
    if (event.type === 'progress' && performance.now() - this.#last < LINE_MS) return;
    this.#last = performance.now();
    this.stream.write(`${lineOf(event)}\n`);
  }
}

/** Shows a bar for each active run and one for the whole series, in a terminal. The lines of ended runs are above the bars. */
export class ExperimentBars implements ExperimentView {
  readonly #bars: MultiBar;
  readonly #runs = new Map<string, SingleBar>();
  #whole: SingleBar | null = null;

  constructor(private readonly stream: NodeJS.WriteStream) {
    const format = '{name} {bar} {percentage}%  {left}  {scores}';
    this.#bars = new MultiBar(
      {
        format,
        stream,
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
        linewrap: false,
        forceRedraw: true, // because a line above the bars moves all bars down
      },
      Presets.shades_classic,
    );
  }

  show(event: ExperimentEvent): void {
    switch (event.type) {
      case 'begin':
        this.stream.write(`${lineOf(event)}\n`);
        if (event.runs > 0) {
          this.#whole = this.#bars.create(event.runs, 0, shown('all runs'));
          process.on('exit', this.#stop); // a second signal ends the process at once
        }
        return;
      case 'start':
        this.#runs.set(nameOf(event), this.#bars.create(1, 0, shown(barName(event))));
        return;
      case 'progress':
        this.#progress(event);
        return;
      case 'finish':
      case 'fail':
        this.#end(event);
        return;
      case 'end':
        this.stop();
        this.stream.write(`${lineOf(event)}\n`);
    }
  }

  /** Bars that are not stopped keep drawing, keep the process alive, and leave the terminal without a cursor. */
  stop(): void {
    this.#stop();
  }

  #progress(event: Of<'progress'>): void {
    const { epoch, epochs, step, steps, scores, seriesMsLeft } = event;
    const bar = this.#runs.get(nameOf(event));
    bar?.setTotal(epochs * steps);
    bar?.update(epoch * steps + step, shown(barName(event), leftOf(event), showScores(scores)));
    this.#whole?.update({ left: `${timeShown(seriesMsLeft)} left` });
  }

  #end(event: Of<'finish'> | Of<'fail'>): void {
    const { done, runs, msLeft } = event;
    const bar = this.#runs.get(nameOf(event));
    if (bar !== undefined) this.#bars.remove(bar);
    this.#runs.delete(nameOf(event));
    this.#whole?.update(done, { left: done < runs ? `${timeShown(msLeft)} left` : 'writing results' });
    // A line may be longer than the width of the terminal, so it must wrap.
    this.#bars.log(`${CLEAR_BELOW}${WRAP}${lineOf(event)}${NO_WRAP}\n`);
    this.#bars.update(); // otherwise the last line is not drawn at the end
  }

  readonly #stop = (): void => {
    process.off('exit', this.#stop);
    if (this.#bars.isActive) this.#bars.stop();
  };
}

function shown(name: string, left = '', scores = ''): object {
  return { name: name.padEnd(NAME_WIDTH), left, scores };
}

/** The time left of a run; `testing` after its last training step. */
function leftOf({ epoch, epochs, step, steps, msLeft }: Of<'progress'>): string {
  if (epoch * steps + step >= epochs * steps) return 'testing';
  return msLeft === null ? '' : `${timeShown(msLeft)} left`;
}

/** The line of text for an event. */
function lineOf(event: ExperimentEvent): string {
  switch (event.type) {
    case 'begin': {
      const { name, variants, runs, kept, threads, folder } = event;
      const there = kept > 0 ? `, ${kept} already finished` : '';
      return `${name}: ${counted(variants, 'variant')}; ${counted(runs, 'run')}${there}; ${counted(threads, 'thread')}; ${relative(process.cwd(), folder)}`;
    }
    case 'start':
      return `start   ${nameOf(event)}`;
    case 'progress': {
      const { epoch, epochs, step, steps, scores } = event;
      const all = `[all runs: ${timeShown(event.seriesMsLeft)} left]`;
      const parts = [nameOf(event), `epoch ${epoch + 1}/${epochs}`, `step ${step}/${steps}`, showScores(scores)];
      return `train   ${[...parts, leftOf(event), all].filter(Boolean).join('  ')}`;
    }
    case 'finish': {
      const { done, runs, wallMs, msLeft, metrics } = event;
      const left = done < runs ? `, ${timeShown(msLeft)} left` : '';
      return `finish  ${nameOf(event)}  ${timeShown(wallMs)}  ${showScores(mainMetrics(metrics))}  [${done}/${runs}${left}]`;
    }
    case 'fail':
      return `fail    ${nameOf(event)}  ${event.error}  [${event.done}/${event.runs}]`;
    case 'end': {
      const { finished, failed, wallMs, busyShare, files } = event;
      const busy = busyShare === null ? '' : `; threads busy ${(100 * busyShare).toFixed(0)} % of the time`;
      const written = files.length === 0 ? '' : `; wrote ${files.join(', ')}`;
      return `${counted(finished, 'run')} finished, ${failed} failed, in ${timeShown(wallMs)}${busy}${written}`;
    }
  }
}

/** The most important metrics, without the metrics of single members. */
function mainMetrics(metrics: Readonly<Record<string, number>>): Record<string, number> {
  const names = Object.keys(metrics).filter((name) => !name.startsWith(MEMBERS_MEAN));
  const first = rankMetrics(names).slice(0, METRICS_SHOWN);
  return Object.fromEntries(first.map((name) => [name, metrics[name] ?? NaN]));
}

function nameOf({ variant, seed }: RunName): string {
  return `${variant}, seed ${seed}`;
}

/** A run's name, shortened to {@link NAME_WIDTH}. The seed is kept. */
function barName({ variant, seed }: RunName): string {
  const end = `, seed ${seed}`;
  return `${shortened(variant, NAME_WIDTH - end.length)}${end}`;
}
