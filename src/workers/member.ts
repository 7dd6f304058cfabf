import type { Engine, EngineMember } from '../engines/engine.js';
import type { MemberState } from '../protocol/thread.js';

/** A member of this thread. */
export interface MemberInThread {
  readonly name: string;
  readonly engine: Engine;
  readonly member: EngineMember;
  readonly state: MemberState;
}
