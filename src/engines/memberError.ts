/** An error of one member, where an engine takes several through a step at once; `cause` is what was thrown. */
export class MemberError extends Error {
  override readonly name = 'MemberError';

  constructor(
    readonly member: string,
    cause: unknown,
  ) {
    super(`Member "${member}" failed`, { cause });
  }
}

/** Does a member's part of a step, so that what it throws says whose it was. */
export function onBehalfOf<T>(member: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new MemberError(member, cause);
  }
}
