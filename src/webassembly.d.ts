/** What is used of WebAssembly here; TypeScript has it only together with all of a browser's names. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  const Module: new (bytes: NodeJS.ArrayBufferView<ArrayBuffer>) => Module;

  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  }

  class Memory {
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
    constructor(descriptor: { initial: number; maximum: number; shared: true });
  }

  function validate(bytes: NodeJS.ArrayBufferView<ArrayBuffer>): boolean;
}
