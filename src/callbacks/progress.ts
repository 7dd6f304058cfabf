import { Presets, SingleBar } from 'cli-progress';
import type { Callback, TrainingProgress } from './callback.js';
import type { Scores } from '../train/scores.js';

/** How often a line is written in a long epoch where there is no terminal, in milliseconds. */
export const LINE_MS = 10_000;

/** What `verbose` of a fit shows, on standard error: 1 a progress bar (in a terminal; plain lines elsewhere), 2 a line an epoch. */
export function verboseCallback(verbose: 0 | 1 | 2, stream: NodeJS.WriteStream = process.stderr): Callback[] {
  if (verbose === 0) return [];
  const epochLine = new EpochLines(stream);
  if (verbose === 2) return [epochLine];
  return stream.isTTY ? [new Bar(stream), epochLine] : [epochLine, new ProgressLines(stream)];
}

/** `loss 0.2314  combined_accuracy 0.934` */
export function showScores(scores: Scores): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join('  ');
}

class EpochLines implements Callback {
  #epochs = 0;
  #started = 0;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  onTrainBegin(epochs: number): void {
    this.#epochs = epochs;
  }

  onEpochBegin(): void {
    this.#started = performance.now();
  }

  onEpochEnd(epoch: number, scores: Scores): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1);
    this.stream.write(`epoch ${epoch + 1}/${this.#epochs}  ${seconds} s  ${showScores(scores)}\n`);
  }
}

/** Tells that a long epoch goes on, where there is no terminal. */
class ProgressLines implements Callback {
  #last = performance.now();

  constructor(private readonly stream: NodeJS.WritableStream) {}

  onProgress({ epoch, epochs, step, steps, scores }: TrainingProgress): void {
    if (performance.now() - this.#last < LINE_MS) return;
    this.#last = performance.now();
    this.stream.write(`epoch ${epoch + 1}/${epochs}  step ${step}/${steps}  ${showScores(scores)}\n`);
  }

  onEpochEnd(): void {
    this.#last = performance.now();
  }
}

/** A bar with the losses and accuracies so far and the time left of the whole training. */
class Bar implements Callback {
  #bar: SingleBar | null = null;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  onProgress({ epoch, epochs, step, steps, scores }: TrainingProgress): void {
    const shown = { epoch: epoch + 1, epochs, scores: showScores(scores) };
    const done = epoch * steps + step;
    if (this.#bar === null) {
      const format = 'epoch {epoch}/{epochs} {bar} {percentage}%  {eta_formatted} left  {scores}';
      this.#bar = new SingleBar(
        { format, stream: this.stream, barsize: 24, clearOnComplete: true },
        Presets.shades_classic,
      );
      this.#bar.start(epochs * steps, done, shown);
      process.on('exit', this.#stop); // at once, by a second signal
    } else this.#bar.update(done, shown);
  }

  /** The bar makes room for the epoch's line, and comes back below it. */
  onEpochEnd(): void {
    this.#stop();
  }

  /** A bar that is not stopped draws itself again and again, and keeps the process alive. */
  onTeardown(): void {
    this.#stop();
  }

  readonly #stop = (): void => {
    this.#bar?.stop();
    this.#bar = null;
    process.off('exit', this.#stop);
  };
}
