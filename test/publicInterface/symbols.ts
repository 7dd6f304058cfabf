import ts from 'typescript';

/** A mapped type, with what the compiler prints it from. The compiler's public types leave it out. */
export interface MappedType extends ts.ObjectType {
  readonly declaration: ts.MappedTypeNode;
  readonly typeParameter: ts.TypeParameter;
  readonly constraintType: ts.Type;
  readonly templateType: ts.Type;
  /** The type whose modifiers it keeps: `Record<Name, Value>` in `Readonly<Record<Name, Value>>`. */
  readonly modifiersType?: ts.Type;
}

/** Functions with which the compiler finds modifiers. Its public types leave them out. */
interface Modifiers {
  readonly getDeclarationModifierFlagsFromSymbol: (symbol: ts.Symbol) => ts.ModifierFlags;
  readonly getCheckFlags: (symbol: ts.Symbol) => number;
  readonly CheckFlags: { readonly Readonly: number };
}
const { getDeclarationModifierFlagsFromSymbol, getCheckFlags, CheckFlags } = ts as unknown as Modifiers;

const NAMED = ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.Enum | ts.SymbolFlags.EnumMember;

export function isReadonly(symbol: ts.Symbol): boolean {
  const accessors = symbol.flags & ts.SymbolFlags.Accessor;
  if (accessors) return !(accessors & ts.SymbolFlags.SetAccessor);
  const isDeclared = getDeclarationModifierFlagsFromSymbol(symbol) & ts.ModifierFlags.Readonly;
  return Boolean(isDeclared || getCheckFlags(symbol) & CheckFlags.Readonly);
}

/** Whether a member is neither `#private` nor `private` nor `protected`. */
export function isPublic(symbol: ts.Symbol): boolean {
  const hasPrivateName = symbol.declarations?.some((declaration) => {
    const name = ts.getNameOfDeclaration(declaration);
    return name !== undefined && ts.isPrivateIdentifier(name);
  });
  const hidden = ts.ModifierFlags.NonPublicAccessibilityModifier;
  return hasPrivateName !== true && !(getDeclarationModifierFlagsFromSymbol(symbol) & hidden);
}

/** Whether another package or the language declares it. */
export function isForeign({ declarations = [] }: ts.Symbol): boolean {
  const files = declarations.map((declaration) => declaration.getSourceFile().fileName);
  return files.length > 0 && files.every((file) => file.includes('/node_modules/'));
}

/** Whether a type is an interface, a class or an enum of another package or the language. */
export function isForeignType(symbol: ts.Symbol): boolean {
  return Boolean(symbol.flags & NAMED) && isForeign(symbol);
}

/** `[Rank]` of `Tensor<Rank>`. */
export function typeArguments(type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  if (!(type.flags & ts.TypeFlags.Object)) return [];
  if (!((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference)) return [];
  const { target } = type as ts.TypeReference;
  return checker.getTypeArguments(type as ts.TypeReference).slice(0, target.typeParameters?.length ?? 0);
}
