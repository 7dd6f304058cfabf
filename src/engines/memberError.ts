/** The error of one member in a step of several members. `cause` is the original error. */
export class MemberError extends Error {
  override readonly name = 'MemberError';

  constructor(
    readonly member: string,
    cause: unknown,
  ) {
    super(`Member "${member}" failed`, { cause });
  }
}

/**
 * Runs the part of a step that belongs to one member.
 * @throws MemberError with the member's name, if `work` throws
 */
export function onBehalfOf<T>(member: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new MemberError(member, cause);
  }
}
