/**
 * Generates the TypeScript signatures of the kernels from the program that the AssemblyScript compiler has parsed. They are written to
 * src/engines/wasm/kernelSignatures.ts, so that a call with operands of the wrong types does not compile.
 */

/** Types in kernels/, and the TypeScript types that JavaScript passes for them. */
const TYPES = {
  usize: 'Address',
  Bytes: 'number',
  Flag: '0 | 1',
  i32: 'number',
  u32: 'number',
  f32: 'number',
  f64: 'number',
  void: 'void',
};

/**
 * @param {import('assemblyscript').Program} program
 * @param {string} entry path of the file with the module's exports, without its extension
 * @returns {string} TypeScript, not yet formatted
 */
export function kernelSignatures(program, entry) {
  const kernels = kernelsOf(program.filesByName.get(entry)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return `// Generated from kernels/ by scripts/build-kernels.js. Do not edit.
import type { Address } from './address.js';

/** The kernels, each documented in the file that its comment names. Distances are in bytes. */
export interface Kernels {
${kernels.map(signature).join('\n')}
}

/** The names of each kernel's parameters, in their order. */
export const PARAMETERS = {
${kernels.map(({ name, parameters }) => `${name}: [${parameters.map((p) => `'${p.name}'`).join(', ')}],`).join('\n')}
} as const satisfies Readonly<Record<keyof Kernels, readonly string[]>>;
`;
}

/** Exported functions of a file and of all files that it re-exports. */
function kernelsOf(file) {
  const own = [...(file.exports ?? [])].map(([name, { declaration }]) => ({
    name,
    source: declaration.range.source.normalizedPath,
    parameters: declaration.signature.parameters.map((parameter) => ({
      name: parameter.name.text,
      type: typeOf(parameter.type, name),
    })),
    result: typeOf(declaration.signature.returnType, name),
  }));
  return [...own, ...(file.exportsStar ?? []).flatMap(kernelsOf)];
}

function typeOf(node, kernel) {
  const name = node.name.identifier.text;
  const type = TYPES[name];
  if (type === undefined) throw new Error(`Kernel "${kernel}" has the type ${name}, which JavaScript can't pass`);
  return type;
}

function signature({ name, source, parameters, result }) {
  const list = parameters.map((parameter) => `${parameter.name}: ${parameter.type}`).join(', ');
  return `/** ${source} */\nreadonly ${name}: (${list}) => ${result};`;
}
