import { isObject, isUnion, objectText, textOf, type Tree } from './tree.js';

/** A type that users can import. */
export interface PublicType {
  readonly name: string;
  /** Names of its type parameters. */
  readonly parameters: readonly string[];
  readonly tree: Tree;
}

/** Prints types, with the name of a public type wherever the same thing is said. */
export class PublicNames {
  /** Object types and unions of them, with or without type parameters. */
  readonly #objects: readonly PublicType[];
  /** The largest first. */
  readonly #unions: readonly { readonly name: string; readonly parts: readonly string[] }[];

  constructor(types: readonly PublicType[]) {
    const sorted = [...types].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#objects = sorted.filter(({ tree }) =>
      isUnion(tree) ? tree.parts.every(hasProperties) : hasProperties(tree),
    );
    this.#unions = sorted
      .flatMap(({ name, parameters, tree }) =>
        isUnion(tree) && parameters.length === 0 ? [{ name, parts: tree.parts.map(textOf) }] : [],
      )
      .sort((a, b) => b.parts.length - a.parts.length);
  }

  /** A type by its name where it has one. */
  text(tree: Tree): string {
    if (typeof tree === 'string') return tree;
    if (!isObject(tree) && !isUnion(tree)) return tree.map((part) => this.text(part)).join('');
    return this.#nameOf(tree) ?? (isUnion(tree) ? this.#unionText(tree.parts) : this.content(tree));
  }

  /** What a type says, with the names of other types in it. */
  content(tree: Tree): string {
    if (isObject(tree)) return objectText(tree, (part) => this.text(part));
    return isUnion(tree) ? this.#unionText(tree.parts, tree.parts.length - 1) : this.text(tree);
  }

  #nameOf(tree: Tree): string | null {
    for (const { name, parameters, tree: template } of this.#objects) {
      const values = new Map<string, Tree | null>(parameters.map((parameter) => [parameter, null]));
      if (!matches(template, tree, values)) continue;
      const given = parameters.map((parameter) => this.text(values.get(parameter) ?? 'unknown'));
      return given.length === 0 ? name : `${name}<${given.join(', ')}>`;
    }
    return null;
  }

  /** @param most constituents that a name may stand for */
  #unionText(parts: readonly Tree[], most = Infinity): string {
    const rest = new Map(parts.map((part) => [textOf(part), part]));
    const names = this.#unions.flatMap(({ name, parts: covered }) => {
      if (covered.length > most || !covered.every((part) => rest.has(part))) return [];
      for (const part of covered) rest.delete(part);
      return [name];
    });
    return [...names, ...[...rest.values()].map((part) => this.text(part))].sort().join(' | ');
  }
}

/** Whether a type is an object type with more than index signatures: a record says more by what is in it than by a name. */
function hasProperties(tree: Tree): boolean {
  return isObject(tree) && tree.members.some(({ key }) => !textOf(key).includes('['));
}

/** Whether a type is what a template says, with some type for each of the template's parameters: finds `values`. */
function matches(template: Tree, tree: Tree, values: Map<string, Tree | null>): boolean {
  if (typeof template === 'string') {
    const value = values.get(template);
    if (value === undefined) return template === tree;
    values.set(template, tree);
    return value === null || textOf(value) === textOf(tree);
  }
  if (typeof tree === 'string') return false;
  const [expected, parts] = [partsOf(template), partsOf(tree)];
  return expected.length === parts.length && expected.every((part, i) => matches(part, parts[i] ?? '', values));
}

function partsOf(tree: Exclude<Tree, string>): readonly Tree[] {
  if (isObject(tree)) return ['{', ...tree.members.flatMap(({ key, value }) => [key, value])];
  return isUnion(tree) ? ['|', ...tree.parts] : tree;
}
