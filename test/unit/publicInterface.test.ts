import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { describePublicInterface } from '../publicInterface/describe.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRIES = {
  'tfjs-ensemble': `${ROOT}src/index.ts`,
  'tfjs-ensemble/data': `${ROOT}src/data/index.ts`,
  'tfjs-ensemble/extend': `${ROOT}src/extend.ts`,
  'tfjs-ensemble/experiment': `${ROOT}src/experiment/index.ts`,
};
/** The compiler reads all of the package and the types of TensorFlow.js: two seconds on an idle machine. */
const TIMEOUT = 60_000;

const parseHost = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
const options = ts.getParsedCommandLineOfConfigFile(`${ROOT}tsconfig.json`, {}, parseHost)?.options ?? {};

describe('the public interface', () => {
  it(
    'has the types that are written down (`vitest -u` writes them anew)',
    async () => {
      const description = await describePublicInterface(ENTRIES, options);
      await expect(description).toMatchFileSnapshot('../fixtures/public-interface.txt');
    },
    TIMEOUT,
  );
});

const FILE = '/package/index.ts';
const small: ts.CompilerOptions = { ...options, types: [] };
const host = ts.createCompilerHost(small);
const standardFiles = new Map<string, ts.SourceFile | undefined>();

/** The description of a package that is one file. */
async function describeSource(source: string): Promise<string> {
  const text = await describePublicInterface({ package: FILE }, small, {
    ...host,
    fileExists: (file) => file === FILE || host.fileExists(file),
    getSourceFile: (file, target) => {
      if (file === FILE) return ts.createSourceFile(file, source, target);
      if (!standardFiles.has(file)) standardFiles.set(file, host.getSourceFile(file, target));
      return standardFiles.get(file);
    },
  });
  return text.replace('// package\n\n', '');
}

describe('its description', () => {
  it.each([
    [
      'a union of names that become those of a registry',
      `export type LossName = 'mse' | 'mae'; export interface Options { readonly loss?: LossName | readonly LossName[] }`,
      `const losses = { mae: 1, mse: 2 }; export type LossName = keyof typeof losses;
       export interface Options { readonly loss?: LossName | readonly LossName[] }`,
    ],
    [
      'an interface that is derived from a schema',
      `interface RunOptions { readonly batchSize?: number } export interface FitOptions extends RunOptions { readonly seed?: number }
       export declare function fit(options?: FitOptions): void`,
      `type Schema = { seed: number | undefined; batchSize: number | undefined };
       type Derived<S> = { readonly [Name in keyof S]?: Exclude<S[Name], undefined> };
       export type FitOptions = Derived<Schema>; export const fit: (options?: Derived<Schema>) => void = () => undefined;`,
    ],
    [
      'one object type with several names, as one for each name',
      `export type Merge = { readonly merge: 'mean' | 'sum'; readonly members: string[] } | { readonly merge: 'direct' }`,
      `type Kinds = { mean: { readonly members: string[] }; sum: { readonly members: string[] }; direct: object };
       export type Merge = { [Name in keyof Kinds]: { readonly merge: Name } & Kinds[Name] }[keyof Kinds]`,
    ],
    [
      'a mapped type over a type parameter',
      `export type Weights<Output extends string> = Readonly<Partial<Record<Output, number>>>`,
      `export type Weights<Output extends string> = { readonly [Name in Output]?: number }`,
    ],
    [
      'a type with parameters that is written out where it is used',
      `export interface Spec<M> { readonly members: M; readonly setup?: string } export declare class E<M> { constructor(spec: Spec<M>); }`,
      `export interface Spec<M> { readonly members: M; readonly setup?: string }
       export declare class E<M> { constructor(spec: { readonly setup?: string; readonly members: M }); #hidden: 1; private also: 2; }`,
    ],
  ])('is the same for %s', async (_what, before, after) => {
    expect(await describeSource(after)).toBe(await describeSource(before));
  });

  it('names types of the language and public classes, and follows types that contain themselves', async () => {
    const source = `
      interface Tree { readonly left?: Tree }
      export declare class Node { next(): Node; readonly tree: Tree; at: Promise<URL | Map<string, number>> }
      interface URL { readonly host: string }`;
    expect(await describeSource(source)).toBe(
      [
        'export declare class Node {',
        '  at: Promise<Map<string, number> | { readonly host: string }>;',
        '  constructor();',
        '  next(): Node;',
        '  readonly tree: { readonly left?: Tree };',
        '}',
        '',
      ].join('\n'),
    );
  });

  const BEFORE = `
    export type Name = 'a' | 'b';
    export interface Options { readonly name: Name; readonly size?: number; done?(name: Name): void }
    export declare class Model<T extends string = string> { constructor(options: Options); get size(): number; save(to: T): Promise<void> }
    export declare function load<const T extends string>(from: readonly T[], options?: Options): Model<T>;`;

  it.each([
    ['a name is added', `'a' | 'b'`, `'a' | 'b' | 'c'`],
    ['an option is added', 'readonly size?', 'readonly seed?: number; readonly size?'],
    ['an option is taken away', 'readonly size?: number;', ''],
    ['an option is renamed', 'readonly size?', 'readonly length?'],
    ['an option must be given', 'size?: number', 'size: number'],
    ['an option may be undefined', 'size?: number', 'size?: number | undefined'],
    ['an option may be written to', 'readonly size?', 'size?'],
    ['an option takes another type', 'readonly name: Name', 'readonly name: string'],
    ['a hook gets another argument', 'done?(name: Name)', 'done?(name: Name, size: number)'],
    ['a getter becomes a field', 'get size(): number', 'size: number'],
    ['a method is taken away', 'save(to: T): Promise<void>', ''],
    ['a method becomes synchronous', 'Promise<void>', 'void'],
    [
      'a class loses its base',
      'class Model<T extends string = string> {',
      'class Model<T extends string = string> extends Error {',
    ],
    ['a constructor is hidden', 'constructor(options: Options)', 'private constructor()'],
    ['a type parameter has another constraint', 'load<const T extends string>', `load<const T extends 'a'>`],
    ['a type parameter has another default', '<T extends string = string>', `<T extends string = 'a'>`],
    ['a type parameter is no longer const', '<const T', '<T'],
    ['a list must be mutable', 'from: readonly T[]', 'from: T[]'],
    ['an argument must be given', 'options?: Options', 'options: Options'],
    ['a function is no longer exported', 'export declare function', 'declare function'],
  ])('changes when %s', async (_what, part, replacement) => {
    expect(BEFORE).toContain(part);
    expect(await describeSource(BEFORE.replace(part, replacement))).not.toBe(await describeSource(BEFORE));
  });
});
