import type { Bell } from '../protocol/bell.js';
import type { Waiting } from '../protocol/lockstep.js';

/** How a thread waits for other threads: it takes parts of their work, and sleeps if none is open. */
export class Idle implements Waiting {
  /** Milliseconds spent on parts of other threads' work since the last {@link takeHelpTime}. */
  #helpMs = 0;

  constructor(
    private readonly bell: Bell,
    /** Computes a part of another thread's work; returns false if no part is open. */
    private readonly help: () => boolean,
  ) {}

  until(isOver: () => boolean): void {
    for (;;) {
      const { rings } = this.bell;
      if (isOver()) return;
      const started = performance.now();
      if (this.help()) this.#helpMs += performance.now() - started;
      else this.bell.wait(rings);
    }
  }

  ring(): void {
    this.bell.ring();
  }

  takeHelpTime(): number {
    const taken = this.#helpMs;
    this.#helpMs = 0;
    return taken;
  }
}
