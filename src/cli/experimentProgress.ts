import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { relative } from 'node:path';
import type { ExperimentEvent, RunName } from '../experiment/events.js';
import { showScores } from './progress.js';

type Of<Type extends ExperimentEvent['type']> = Extract<ExperimentEvent, { type: Type }>;

/** Width of a run's name in a bar's line. */
const NAME_WIDTH = 28;

/** A line for each thing that happens, where there is no terminal. */
export class ExperimentLines {
  constructor(private readonly stream: NodeJS.WritableStream) {}

  show(event: ExperimentEvent): void {
    const line = lineOf(event);
    if (line !== null) this.stream.write(`${line}\n`);
  }
}

/** In a terminal, a bar for each run that is under way and one for the whole; what has ended stays above them. */
export class ExperimentBars {
  readonly #bars: MultiBar;
  readonly #runs = new Map<string, SingleBar>();
  #whole: SingleBar | null = null;

  constructor(private readonly stream: NodeJS.WriteStream) {
    const format = '{name} {bar} {percentage}%  {left}  {scores}';
    this.#bars = new MultiBar(
      { format, stream, barsize: 20, clearOnComplete: true, hideCursor: true, gracefulExit: false, linewrap: false },
      Presets.shades_classic,
    );
  }

  show(event: ExperimentEvent): void {
    switch (event.type) {
      case 'begin':
        this.stream.write(`${lineOf(event) ?? ''}\n`);
        if (event.runs > 0) this.#whole = this.#bars.create(event.runs, 0, shown('all runs', null));
        return;
      case 'start':
        this.#runs.set(nameOf(event), this.#bars.create(1, 0, shown(nameOf(event), null)));
        return;
      case 'progress':
        this.#progress(event);
        return;
      case 'finish':
      case 'fail':
        this.#end(event);
        return;
      case 'end':
        this.#bars.stop();
        this.stream.write(`${lineOf(event) ?? ''}\n`);
    }
  }

  #progress({ epoch, epochs, step, steps, scores, msLeft, ...run }: Of<'progress'>): void {
    const bar = this.#runs.get(nameOf(run));
    bar?.setTotal(epochs * steps);
    bar?.update(epoch * steps + step, shown(nameOf(run), msLeft, showScores(scores)));
  }

  #end(event: Of<'finish'> | Of<'fail'>): void {
    const bar = this.#runs.get(nameOf(event));
    if (bar !== undefined) this.#bars.remove(bar);
    this.#runs.delete(nameOf(event));
    this.#bars.log(`${lineOf(event) ?? ''}\n`);
    this.#whole?.update(event.done, shown('all runs', event.msLeft));
  }
}

function shown(name: string, msLeft: number | null, scores = ''): object {
  return { name: name.padEnd(NAME_WIDTH), left: msLeft === null ? '' : `${timeShown(msLeft)} left`, scores };
}

/** A line of text for those events that are worth one. */
function lineOf(event: ExperimentEvent): string | null {
  switch (event.type) {
    case 'begin': {
      const { name, variants, runs, kept, threads, folder } = event;
      const there = kept > 0 ? `, ${kept} there already` : '';
      return `${name}: ${variants} variants; ${runs} runs${there}; ${threads} threads; ${relative(process.cwd(), folder)}`;
    }
    case 'start':
      return `start   ${nameOf(event)}`;
    case 'progress':
      return null;
    case 'finish': {
      const { done, runs, wallMs, msLeft, metrics } = event;
      const first = Object.entries(metrics).slice(0, 3);
      return `finish  ${nameOf(event)}  ${timeShown(wallMs)}  ${showScores(Object.fromEntries(first))}  [${done}/${runs}${done < runs ? `, ${timeShown(msLeft)} left` : ''}]`;
    }
    case 'fail':
      return `fail    ${nameOf(event)}  ${event.error}  [${event.done}/${event.runs}]`;
    case 'end': {
      const { finished, failed, wallMs, busyShare, files } = event;
      const busy = busyShare === null ? '' : `; threads busy ${(100 * busyShare).toFixed(0)} % of the time`;
      const written = files.length === 0 ? '' : `; wrote ${files.join(', ')}`;
      return `${finished} runs ended well, ${failed} failed, in ${timeShown(wallMs)}${busy}${written}`;
    }
  }
}

function nameOf({ variant, seed }: RunName): string {
  return `${variant}, seed ${seed}`;
}

/** `43 s`, `12 min 5 s`, `2 h 3 min` */
function timeShown(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
