/**
 * A type as data: text, a sequence, an object type or a union. Types of this package are in it with what they say, not with their
 * names, so it is the same for all ways to compose a type.
 */
export type Tree = string | readonly Tree[] | ObjectTree | UnionTree;

export interface ObjectTree {
  readonly kind: 'object';
  /** Sorted. */
  readonly members: readonly Member[];
}

/** A property (`readonly loss?:` and its type), a method (`close` and its signature) or an index signature. */
export interface Member {
  readonly key: Tree;
  readonly value: Tree;
}

/** At least two constituents, sorted, none of them a union. */
export interface UnionTree {
  readonly kind: 'union';
  readonly parts: readonly Tree[];
}

export function isObject(tree: Tree): tree is ObjectTree {
  return typeof tree === 'object' && 'kind' in tree && tree.kind === 'object';
}

export function isUnion(tree: Tree): tree is UnionTree {
  return typeof tree === 'object' && 'kind' in tree && tree.kind === 'union';
}

/** The tree as TypeScript. */
export function textOf(tree: Tree): string {
  if (typeof tree === 'string') return tree;
  if (isObject(tree)) return objectText(tree, textOf);
  if (isUnion(tree)) return tree.parts.map(textOf).join(' | ');
  return tree.map(textOf).join('');
}

export function objectText({ members }: ObjectTree, text: (tree: Tree) => string): string {
  return `{ ${members.map(({ key, value }) => `${text(key)} ${text(value)};`).join(' ')} }`;
}

/** An object type, whatever the order in which its members were declared. */
export function object(members: readonly Member[]): ObjectTree {
  const sortKey = ({ key, value }: Member): string => `${textOf(key).replace(/^readonly /, '')} ${textOf(value)}`;
  return { kind: 'object', members: sorted(members, sortKey) };
}

/**
 * A union in its one form: flat, without duplicates, `true | false` as `boolean`, and object types that differ in one literal as one:
 * `{ merge: 'mean' } | { merge: 'sum' }` is `{ merge: 'mean' | 'sum' }`.
 */
export function union(given: readonly Tree[]): Tree {
  const parts: Tree[] = [];
  for (const part of sorted(withBoolean(given.flatMap(partsOf)), textOf)) {
    const i = parts.findIndex((other) => joined(other, part) !== null);
    const both = joined(parts[i] ?? '', part);
    if (both === null) parts.push(part);
    else parts[i] = both;
  }
  const [only, ...others] = sorted(parts, textOf);
  return only === undefined ? 'never' : others.length === 0 ? only : { kind: 'union', parts: [only, ...others] };
}

function partsOf(tree: Tree): readonly Tree[] {
  return isUnion(tree) ? tree.parts : [tree];
}

function withBoolean(parts: readonly Tree[]): readonly Tree[] {
  if (!parts.includes('true') || !parts.includes('false')) return parts;
  return [...parts.filter((part) => part !== 'true' && part !== 'false'), 'boolean'];
}

/** Two types that are the same or differ in one literal, as one; null for others. */
function joined(a: Tree, b: Tree): Tree | null {
  if (textOf(a) === textOf(b)) return a;
  if (!isObject(a) || !isObject(b) || a.members.length !== b.members.length) return null;
  const pairs = a.members.map(({ key, value }, i) => ({ key, value, other: b.members[i] ?? { key: '', value: '' } }));
  if (pairs.some(({ key, other }) => textOf(key) !== textOf(other.key))) return null;
  const [pair, ...more] = pairs.filter(({ value, other }) => textOf(value) !== textOf(other.value));
  if (pair === undefined || more.length > 0 || !isLiteral(pair.value) || !isLiteral(pair.other.value)) return null;
  const value = union([pair.value, pair.other.value]);
  return object(a.members.map((member) => (member.key === pair.key ? { key: pair.key, value } : member)));
}

function isLiteral(tree: Tree): boolean {
  return partsOf(tree).every((part) => typeof part === 'string' && /^(["\d-]|true$|false$)/.test(part));
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  const keyed = items.map((item) => ({ item, text: key(item) }));
  return keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)).map(({ item }) => item);
}
