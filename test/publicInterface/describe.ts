import { format } from 'prettier';
import ts from 'typescript';
import { PublicNames } from './publicNames.js';
import { isForeign } from './symbols.js';
import { object, objectText, type Member, type Tree } from './tree.js';
import { TypeTrees } from './typeTree.js';

/** Something that users can import. */
interface Export {
  readonly name: string;
  readonly symbol: ts.Symbol;
}

/**
 * All that users can import, as declarations: the same text as long as users see the same types, however the package names and composes
 * them. Members and unions are sorted.
 * @param entries file of each entry point by the text that users write after `from`
 */
export async function describePublicInterface(
  entries: Readonly<Record<string, string>>,
  options: ts.CompilerOptions,
  host?: ts.CompilerHost,
): Promise<string> {
  const program = ts.createProgram(Object.values(entries), { ...options, noErrorTruncation: true }, host);
  const modules = Object.entries(entries).map(([name, file]) => ({ name, exports: exportsOf(program, file) }));
  const describer = new Describer(
    program.getTypeChecker(),
    modules.flatMap(({ exports }) => exports),
  );
  const sections = modules.map(({ name, exports }) =>
    [`// ${name}`, ...exports.flatMap((one) => describer.declarations(one))].join('\n\n'),
  );
  return format(sections.join('\n\n'), { parser: 'typescript', printWidth: 120, singleQuote: true });
}

function exportsOf(program: ts.Program, file: string): Export[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`Expected a module. Received: ${file}`);
  const exports = checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }));
  return exports.sort((a, b) => (a.name < b.name ? -1 : 1));
}

class Describer {
  readonly #trees: TypeTrees;
  readonly #names: PublicNames;

  constructor(
    private readonly checker: ts.TypeChecker,
    exports: readonly Export[],
  ) {
    this.#trees = new TypeTrees(checker, new Set(exports.map(({ symbol }) => symbol)));
    const types = exports
      .filter(({ symbol }) => isType(symbol))
      .map(({ name, symbol }) => ({
        name,
        parameters: this.#parametersOf(symbol).map((parameter) => parameter.symbol.name),
        tree: this.#declared(symbol),
      }));
    this.#names = new PublicNames(types);
  }

  declarations({ name, symbol }: Export): string[] {
    const head = `${name}${this.#text(this.#trees.typeParameters(this.#parametersOf(symbol)))}`;
    if (symbol.flags & ts.SymbolFlags.Class) return [`export declare class ${head} ${this.#classBody(symbol)}`];
    const types = isType(symbol) ? [`export type ${head} = ${this.#names.content(this.#declared(symbol))};`] : [];
    return symbol.flags & ts.SymbolFlags.Value ? [...types, ...this.#values(name, symbol)] : types;
  }

  #values(name: string, symbol: ts.Symbol): string[] {
    const type = this.checker.getTypeOfSymbol(symbol);
    const signatures = type.getCallSignatures().map((signature) => this.#text(this.#trees.signature(signature)));
    return signatures.length === 0
      ? [`export declare const ${name}: ${this.#text(this.#trees.tree(type))};`]
      : signatures.map((signature) => `export declare function ${name}${signature};`);
  }

  #classBody(symbol: ts.Symbol): string {
    const instance = this.checker.getDeclaredTypeOfSymbol(symbol) as ts.InterfaceType;
    const statics = this.checker.getTypeOfSymbol(symbol);
    const bases = this.checker.getBaseTypes(instance).map((base) => this.#text(this.#trees.tree(base)));
    const members = [
      ...statics.getConstructSignatures().map((signature) => this.#constructorOf(signature)),
      ...this.#trees.members(statics, isOwn).map(({ key, value }) => ({ key: ['static ', key], value })),
      ...this.#trees.members(instance, isOwn),
    ];
    const body = objectText(object(members), (value) => this.#text(value));
    return bases.length === 0 ? body : `extends ${bases.join()} ${body}`;
  }

  #constructorOf(signature: ts.Signature): Member {
    const { declaration } = signature as { readonly declaration?: ts.Declaration };
    const isHidden = declaration && ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private;
    return isHidden
      ? { key: 'private constructor', value: '()' }
      : { key: 'constructor', value: this.#trees.parameters(signature) };
  }

  #declared(symbol: ts.Symbol): Tree {
    return this.#trees.content(this.checker.getDeclaredTypeOfSymbol(symbol));
  }

  /** Type parameters of a type or a class. */
  #parametersOf({ declarations = [] }: ts.Symbol): ts.Type[] {
    const nodes = declarations.flatMap((one) =>
      ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one) || ts.isClassDeclaration(one)
        ? (one.typeParameters ?? [])
        : [],
    );
    return nodes.map((node) => this.checker.getTypeAtLocation(node));
  }

  #text(tree: Tree): string {
    return this.#names.text(tree);
  }
}

function isType({ flags }: ts.Symbol): boolean {
  return Boolean(flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias));
}

/** Members that a class has from a base of another package are told by `extends`. */
function isOwn(symbol: ts.Symbol): boolean {
  return !(symbol.flags & ts.SymbolFlags.Prototype) && !isForeign(symbol);
}
