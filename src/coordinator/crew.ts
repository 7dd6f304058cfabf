import type { SharedMember, ThreadApi, ThreadGroup } from '../protocol/thread.js';
import type { SessionOptions } from './pass.js';

/** Where a session's threads come from. A session uses threads through this interface only, so they may run anywhere. */
export interface Crew {
  /** Takes `count` threads that can run the members' engines. They serve the session until it releases them. */
  take(count: number, engines: SessionOptions['engines']): Promise<readonly Thread[]>;

  /**
   * Allocates memory for the session's members that several of its threads can use. A member that is not in the result has memory of its own.
   * @throws EnsembleError `ENGINE_UNAVAILABLE`
   */
  share(
    options: SessionOptions,
    groups: readonly ThreadGroup[],
    bell: Int32Array<SharedArrayBuffer>,
  ): readonly SharedMember[];

  /** Ends all threads, also those that are busy. */
  close(): Promise<void>;
}

/**
 * - `serving`: the thread answers the session's calls.
 * - `leaving`: the session has released the thread, and the thread ends its work.
 * - `free`: another session may take the thread.
 * - `dead`: the thread has ended unexpectedly.
 */
export type ThreadState = 'serving' | 'leaving' | 'free' | 'dead';

/** A thread that serves a session. */
export interface Thread {
  readonly state: ThreadState;

  /** Calls a method in the thread. Rejects if the thread dies before it has answered. */
  call<T>(ask: (api: ThreadApi) => Promise<T>): Promise<T>;

  /** Ends the session in the thread; the thread is then `free`. Rejects if the thread has died. */
  release(): Promise<void>;
}
