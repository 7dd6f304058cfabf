import type { Bell } from '../protocol/bell.js';
import type { Waiting } from '../protocol/lockstep.js';

/** What a thread does while others are behind: parts of their work where there are any, else it sleeps. */
export class Idle implements Waiting {
  /** Milliseconds spent on others' work since the last {@link takeHelpTime}. */
  #helpMs = 0;

  constructor(
    private readonly bell: Bell,
    /** Does a part of another thread's work; false where there is none to be had. */
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
