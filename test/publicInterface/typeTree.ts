import ts from 'typescript';
import { isForeignType, isPublic, isReadonly, typeArguments, type MappedType } from './symbols.js';
import { isObject, object, textOf, union, type Member, type Tree } from './tree.js';

/** Makes trees of types. Types of other packages and of the language, and public classes, stand by their names. */
export class TypeTrees {
  /** Types under way: one that contains itself ends with its name. */
  readonly #open = new Set<ts.Type>();

  /** @param exported symbols that users can import */
  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly exported: ReadonlySet<ts.Symbol>,
  ) {}

  tree(type: ts.Type): Tree {
    return this.#named(type) ?? this.content(type);
  }

  /** What a type says, even where {@link tree} gives its name. */
  content(type: ts.Type): Tree {
    if (this.#open.has(type)) return (type.aliasSymbol ?? type.symbol).name;
    this.#open.add(type);
    try {
      return this.#composed(type) ?? this.checker.typeToString(type, undefined, ts.TypeFormatFlags.InTypeAlias);
    } finally {
      this.#open.delete(type);
    }
  }

  /** Properties, methods and index signatures that users see. */
  members(type: ts.Type, isSeen: (symbol: ts.Symbol) => boolean = () => true): Member[] {
    const indexes = this.checker.getIndexInfosOfType(type).map((index) => ({
      key: `${index.isReadonly ? 'readonly ' : ''}[key: ${this.checker.typeToString(index.keyType)}]:`,
      value: this.tree(index.type),
    }));
    const properties = this.checker.getPropertiesOfType(type).filter((symbol) => isPublic(symbol) && isSeen(symbol));
    return [...indexes, ...properties.flatMap((symbol) => this.#property(symbol))];
  }

  /** `(members: readonly Member[]): void` */
  signature(signature: ts.Signature, arrow = ': '): Tree {
    const types = this.typeParameters(signature.getTypeParameters());
    return [types, this.parameters(signature), arrow, this.#result(signature)];
  }

  /** `(members: readonly Member[])` */
  parameters(signature: ts.Signature): Tree {
    const list = signature.getParameters().map((symbol, i) => [i === 0 ? '' : ', ', ...this.#parameter(symbol)]);
    return ['(', ...list, ')'];
  }

  /** `Promise<void>`, or what a guard says of its argument: `value is string`. */
  #result(signature: ts.Signature): Tree {
    const guard = this.checker.getTypePredicateOfSignature(signature);
    if (guard === undefined) return this.tree(signature.getReturnType());
    const { kind, parameterName = 'this', type } = guard;
    const isAssertion = kind === ts.TypePredicateKind.AssertsIdentifier || kind === ts.TypePredicateKind.AssertsThis;
    const claim = type === undefined ? '' : [' is ', this.tree(type)];
    return [isAssertion ? 'asserts ' : '', parameterName, claim];
  }

  /** `<const Member extends string, Value = number>` */
  typeParameters(parameters: readonly ts.Type[] = []): Tree {
    const list = parameters.map((parameter, i) => {
      const [declaration] = parameter.symbol.declarations ?? [];
      const isConst = declaration && ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Const;
      const [constraint, fallback] = [parameter.getConstraint(), parameter.getDefault()];
      return [
        `${i === 0 ? '' : ', '}${isConst ? 'const ' : ''}${parameter.symbol.name}`,
        constraint === undefined ? '' : [' extends ', this.tree(constraint)],
        fallback === undefined ? '' : [' = ', this.tree(fallback)],
      ];
    });
    return list.length === 0 ? '' : ['<', ...list, '>'];
  }

  /** Null for a type that is shown by what it says. */
  #named(type: ts.Type): Tree | null {
    if (this.checker.isArrayType(type)) return null;
    const symbol = type.getSymbol();
    const isPublicClass = symbol !== undefined && symbol.flags & ts.SymbolFlags.Class && this.exported.has(symbol);
    if (symbol !== undefined && (isPublicClass || isForeignType(symbol)))
      return [this.checker.symbolToString(symbol), this.#arguments(typeArguments(type, this.checker))];
    const alias = type.aliasSymbol;
    const isUnresolved = type.flags & (ts.TypeFlags.Conditional | ts.TypeFlags.IndexedAccess);
    if (!isUnresolved || alias === undefined || !this.exported.has(alias)) return null;
    return [alias.name, this.#arguments(type.aliasTypeArguments)];
  }

  #arguments(types: readonly ts.Type[] = []): Tree {
    return types.length === 0 ? '' : ['<', ...types.map((type, i) => [i === 0 ? '' : ', ', this.tree(type)]), '>'];
  }

  /** Null for primitives and for conditional and other types that await their type parameters. */
  #composed(type: ts.Type): Tree | null {
    if (type.isUnion()) return union(type.types.map((part) => this.tree(part)));
    if (type.isIntersection()) return this.#intersection(type);
    if (type.flags & ts.TypeFlags.Index) return ['keyof (', this.tree((type as ts.IndexType).type), ')'];
    if (!(type.flags & ts.TypeFlags.Object)) return null;
    if (this.checker.isArrayType(type)) return this.#array(type as ts.TypeReference);
    if (this.checker.isTupleType(type)) return this.#tuple(type as ts.TupleTypeReference);
    return this.#mapped(type) ?? this.#object(type);
  }

  /** Of object types, what all of them say together. */
  #intersection(type: ts.IntersectionType): Tree {
    const parts = type.types.map((part) => this.tree(part)).filter((part) => part !== 'object');
    if (parts.every(isObject)) return object(this.members(type));
    return parts.map((part, i) => [i === 0 ? '(' : ' & (', part, ')']);
  }

  #array(type: ts.TypeReference): Tree {
    const items = this.checker.getTypeArguments(type).map((item) => this.tree(item));
    return [type.symbol.name === 'ReadonlyArray' ? 'readonly (' : '(', ...items, ')[]'];
  }

  #tuple(type: ts.TupleTypeReference): Tree {
    const { elementFlags, readonly } = type.target;
    const items = this.checker.getTypeArguments(type).map((item, i): Tree => {
      const flags = elementFlags[i] ?? ts.ElementFlags.Required;
      const spread = flags & ts.ElementFlags.Variable ? '...' : '';
      const array = flags & ts.ElementFlags.Rest ? '[]' : '';
      const optional = flags & ts.ElementFlags.Optional ? '?' : '';
      return [i === 0 ? '' : ', ', `${spread}(`, this.tree(item), `)${array}${optional}`];
    });
    return [readonly ? 'readonly [' : '[', ...items, ']'];
  }

  /**
   * A mapped type whose keys are a type parameter's: `Readonly<Record<Name, Value>>` is `{ readonly [Key in Name]: Value }`. Null for
   * others, which have properties.
   */
  #mapped(type: ts.Type): Tree | null {
    const nested: MappedType[] = [];
    for (let next: ts.Type | undefined = type; next !== undefined && this.#isMapped(next); next = next.modifiersType)
      nested.push(next);
    const innermost = nested.at(-1);
    if (innermost === undefined) return null;
    const isReadonlyRecord = nested.some(({ declaration: { readonlyToken: token } }) => adds(token));
    const isOptionalRecord = nested.some(({ declaration: { questionToken: token } }) => adds(token));
    const value = this.#propertyType(innermost.templateType, isOptionalRecord);
    const { name } = innermost.typeParameter.symbol;
    const isNameUsed = new RegExp(`\\b${name}\\b`).test(textOf(value));
    const key = [
      `${isReadonlyRecord ? 'readonly ' : ''}[${isNameUsed ? name : 'Key'} in `,
      this.tree(innermost.constraintType),
      isOptionalRecord ? ']?:' : ']:',
    ];
    return object([{ key, value }]);
  }

  /** Printing a type also fills in the fields of {@link MappedType}. */
  #isMapped(type: ts.Type): type is MappedType {
    const node = this.checker.typeToTypeNode(type, undefined, ts.NodeBuilderFlags.InTypeAlias);
    return node?.kind === ts.SyntaxKind.MappedType;
  }

  #object(type: ts.Type): Tree {
    const [calls, constructors] = [type.getCallSignatures(), type.getConstructSignatures()];
    const members = this.members(type);
    const [call, ...overloads] = calls;
    if (call !== undefined && overloads.length + constructors.length + members.length === 0)
      return ['(', this.signature(call, ' => '), ')'];
    return object([
      ...calls.map((signature) => ({ key: '', value: this.signature(signature) })),
      ...constructors.map((signature) => ({ key: 'new', value: this.signature(signature) })),
      ...members,
    ]);
  }

  /** A method has a member for each of its signatures. */
  #property(symbol: ts.Symbol): Member[] {
    const name = this.checker.symbolToString(symbol);
    const isOptional = Boolean(symbol.flags & ts.SymbolFlags.Optional);
    const key = `${/^[\w$]+$|^\[/.test(name) ? name : JSON.stringify(name)}${isOptional ? '?' : ''}`;
    const type = this.checker.getTypeOfSymbol(symbol);
    if (symbol.flags & ts.SymbolFlags.Method) {
      const signatures = this.checker.getNonNullableType(type).getCallSignatures();
      return signatures.map((signature) => ({ key, value: this.signature(signature) }));
    }
    const value = this.#propertyType(type, isOptional);
    return [{ key: `${isReadonly(symbol) ? 'readonly ' : ''}${key}:`, value }];
  }

  /** The compiler adds an `undefined` of its own to what is optional, beside the one that a program may write. */
  #propertyType(type: ts.Type, isOptional: boolean): Tree {
    const written = this.checker.getUndefinedType();
    return this.#without(type, (part) => isOptional && isUndefined(part) && part !== written);
  }

  #parameter(symbol: ts.Symbol): Tree[] {
    const declaration = symbol.valueDeclaration;
    const parameter = declaration !== undefined && ts.isParameter(declaration) ? declaration : null;
    const isOptional = parameter !== null && this.checker.isOptionalParameter(parameter);
    const isDestructured = parameter !== null && !ts.isIdentifier(parameter.name);
    const type = this.#without(this.checker.getTypeOfSymbol(symbol), (part) => isOptional && isUndefined(part));
    const name = isDestructured ? 'options' : symbol.name;
    return [`${parameter?.dotDotDotToken ? '...' : ''}${name}${isOptional ? '?' : ''}: `, type];
  }

  #without(type: ts.Type, isLeftOut: (part: ts.Type) => boolean): Tree {
    if (!type.isUnion()) return this.tree(type);
    return union(type.types.filter((part) => !isLeftOut(part)).map((part) => this.tree(part)));
  }
}

function isUndefined({ flags }: ts.Type): boolean {
  return Boolean(flags & ts.TypeFlags.Undefined);
}

/** Whether a mapped type adds a modifier, rather than takes it away. */
function adds(token: ts.MappedTypeNode['readonlyToken'] | ts.MappedTypeNode['questionToken']): boolean {
  return token !== undefined && token.kind !== ts.SyntaxKind.MinusToken;
}
