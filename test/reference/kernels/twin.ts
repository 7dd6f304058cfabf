import type { Kernels } from '../../../src/engines/wasm/kernels.js';
import type { PARAMETERS } from '../../../src/engines/wasm/kernelSignatures.js';

type Names = typeof PARAMETERS;

/** The arguments of a kernel, by name. */
export type Arguments<K extends keyof Kernels> = {
  readonly [I in keyof Names[K] & `${number}` as Names[K][I] & string]: Parameters<Kernels[K]>[I &
    keyof Parameters<Kernels[K]>];
};

/** Does in plain loops, in float64, what a kernel does. */
export type Twin<K extends keyof Kernels> = (memory: TwinMemory, args: Arguments<K>) => ReturnType<Kernels[K]>;

/**
 * A memory for twins: a kernel's memory, but with a float64 number in the place of each float32 number. It remembers what was written.
 * Addresses are in bytes, as in the kernel's memory; indices count numbers from an address on.
 */
export class TwinMemory {
  /** For each byte of the kernel's memory, 1 where a twin has written. */
  readonly written: Uint8Array;
  readonly #floats: Float64Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;

  /** @param size of the kernel's memory in bytes */
  constructor(size: number) {
    this.written = new Uint8Array(size);
    this.#floats = new Float64Array(size / 4);
    this.#doubles = new Float64Array(size / 8);
    this.#bytes = new Uint8Array(size);
  }

  /** Number `i` of a float32 array. */
  float(address: number, i = 0): number {
    return this.#floats[address / 4 + i] ?? NaN;
  }

  setFloat(address: number, i: number, value: number): void {
    this.#floats[address / 4 + i] = value;
    this.#mark(address + 4 * i, 4);
  }

  addFloat(address: number, i: number, value: number): void {
    this.setFloat(address, i, this.float(address, i) + value);
  }

  /** Number `i` of a float64 array. */
  double(address: number, i: number): number {
    return this.#doubles[address / 8 + i] ?? NaN;
  }

  setDouble(address: number, i: number, value: number): void {
    this.#doubles[address / 8 + i] = value;
    this.#mark(address + 8 * i, 8);
  }

  addDouble(address: number, i: number, value: number): void {
    this.setDouble(address, i, this.double(address, i) + value);
  }

  byte(address: number, i: number): number {
    return this.#bytes[address + i] ?? NaN;
  }

  setByte(address: number, i: number, value: number): void {
    this.#bytes[address + i] = value;
    this.#mark(address + i, 1);
  }

  #mark(address: number, bytes: number): void {
    this.written.fill(1, address, address + bytes);
  }
}
