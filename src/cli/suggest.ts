import { nearest } from '../spec/compile.js';

/** `; did you mean "dense"?` where a known name is near, else nothing. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
