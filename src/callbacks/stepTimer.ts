import type { Callback, TrainingProgress } from './callback.js';

/** Measures the time of a step from progress events. It is used when a fit is interrupted, because such a fit returns no record. */
export class StepTimer implements Callback {
  #whole = { steps: 0, ms: 0 };
  #epoch = { steps: 0, ms: 0 };
  #begun = 0;

  onEpochBegin(): void {
    this.#whole = this.#sum();
    this.#epoch = { steps: 0, ms: 0 };
    this.#begun = performance.now();
  }

  onProgress({ step }: TrainingProgress): void {
    this.#epoch = { steps: step, ms: performance.now() - this.#begun };
  }

  /** Milliseconds for one step; null before the first step. */
  get msPerStep(): number | null {
    const { steps, ms } = this.#sum();
    return steps === 0 ? null : ms / steps;
  }

  #sum(): { steps: number; ms: number } {
    return { steps: this.#whole.steps + this.#epoch.steps, ms: this.#whole.ms + this.#epoch.ms };
  }
}
