import { Presets, SingleBar } from 'cli-progress';
import type { Callback, TrainingProgress } from './callback.js';
import type { Scores } from '../train/scores.js';

/** Interval between two lines in a long epoch, if the output is not a terminal, in ms. */
export const LINE_MS = 10_000;

/**
 * The callbacks for the option `verbose` of `fit`: 1 shows a progress bar in a terminal and plain lines elsewhere, 2 shows one line for each
 * epoch.
 * @param stream @defaultValue standard error
 */
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

/** Shows the progress of a long epoch if the output is not a terminal. */
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

/** A progress bar with the scores so far and the remaining time of the whole training. */
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
      process.on('exit', this.#stop); // a second signal ends the process without `onTeardown`
    } else this.#bar.update(done, shown);
  }

  /** Removes the bar, so that the epoch's line can be written. The next progress event shows it again. */
  onEpochEnd(): void {
    this.#stop();
  }

  /** A bar that is not stopped keeps the process alive. */
  onTeardown(): void {
    this.#stop();
  }

  readonly #stop = (): void => {
    this.#bar?.stop();
    this.#bar = null;
    process.off('exit', this.#stop);
  };
}
