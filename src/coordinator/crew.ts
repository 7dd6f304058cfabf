import type { SharedMember, ThreadApi, ThreadGroup } from '../protocol/thread.js';
import type { SessionOptions } from './pass.js';

/** The threads that serve sessions, wherever they run. A session knows them by this interface alone. */
export interface Crew {
  /** Takes `count` threads that can run the members' engines. They serve one session until it releases them. */
  take(count: number, engines: SessionOptions['engines']): Promise<readonly Thread[]>;

  /**
   * Lays out the session's members in memory that several of its threads can reach. A member that is not in the result has memory of its own.
   * @throws EnsembleError `ENGINE_UNAVAILABLE`
   */
  share(
    options: SessionOptions,
    groups: readonly ThreadGroup[],
    bell: Int32Array<SharedArrayBuffer>,
  ): readonly SharedMember[];

  /** Ends all threads, also those that are in the middle of something. */
  close(): Promise<void>;
}

/**
 * - `serving`: it answers the session's calls.
 * - `leaving`: the session has released it, and it ends its work.
 * - `free`: another session may take it.
 * - `dead`: it has ended without being asked to.
 */
export type ThreadState = 'serving' | 'leaving' | 'free' | 'dead';

/** A thread that serves a session. */
export interface Thread {
  readonly state: ThreadState;

  /** Calls a method in the thread. Rejects when the thread dies instead of waiting for an answer that can't come. */
  call<T>(ask: (api: ThreadApi) => Promise<T>): Promise<T>;

  /** Ends the session in the thread; it is `free` then. Rejects when it has died. */
  release(): Promise<void>;
}
