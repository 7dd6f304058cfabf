import { distance } from 'fastest-levenshtein';

/** `"a", "b"` */
export function quoted(names: Iterable<string>): string {
  return [...names].map((name) => JSON.stringify(name)).join(', ');
}

/** The candidate that a mistyped name probably means; undefined if none is similar. */
export function nearest<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.far - b.far);
  if (best === undefined) return undefined;
  // If the distance is as large as the shorter name, the names have nothing in common.
  const shortest = Math.min(plain(name).length, plain(best.candidate).length);
  return best.far <= Math.max(2, best.candidate.length / 3) && best.far < shortest ? best.candidate : undefined;
}

/** Like {@link didYouMean}, but if no candidate is similar, it lists all candidates. */
export function didYouMeanOneOf(name: string, candidates: readonly string[]): string {
  const all = candidates.length === 0 ? '' : `; expected one of ${candidates.join(', ')}`;
  return didYouMean(name, candidates) || all;
}

/** The end of a message about an unknown name: `; did you mean "adam"?`. Empty if no candidate is similar. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : `; did you mean ${quoted([near])}?`;
}
