import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, NOWHERE, type Address } from '../../../../../src/engines/wasm/address.js';
import { instantiate, type KernelBuild, type Kernels } from '../../../../../src/engines/wasm/kernels.js';
import { PARAMETERS } from '../../../../../src/engines/wasm/kernelSignatures.js';
import { Layout } from '../../../../../src/engines/wasm/program.js';
import { TwinMemory, type Arguments, type Twin } from '../../../../reference/kernels/twin.js';
import { numbers } from '../../../../reference/numeric.js';

/** Relative error of a float32 result, or absolute error where it is below 1: a few roundings. */
export const ROUNDING = 1e-6;
/** The same for a sum of some dozens of numbers between −1 and 1. */
export const SUM = 1e-5;
/** The result is exact in float32. */
export const EXACT = 0;

const BYTES = 1 << 17;
/** Place of the first array: address 0 is NOWHERE. */
const BASE = 1024;
/** Arrays start at any of so many neighbouring numbers: kernels must not rely on an alignment. */
const ALIGNMENTS = 8;
/** Every byte that belongs to no array: a NaN in each type of numbers. */
const UNTOUCHED = 0xff;

const memory = new WebAssembly.Memory({ initial: BYTES / 65_536, maximum: BYTES / 65_536, shared: true });
const bytes = new Uint8Array(memory.buffer);
const view = new DataView(memory.buffer);

/** The module of a build; null where this Node.js lacks its instructions. */
export function moduleOf(build: KernelBuild): WebAssembly.Module | null {
  const code = readFileSync(new URL(`../../../../../kernels/build/${build}.wasm`, import.meta.url));
  return WebAssembly.validate(code) ? new WebAssembly.Module(code) : null;
}

/** The builds that this Node.js can run. */
export function builds(on: WebAssembly.Memory): [KernelBuild, Kernels][] {
  return (['simd', 'relaxed'] as const).flatMap((build): [KernelBuild, Kernels][] => {
    const module = moduleOf(build);
    return module === null ? [] : [[build, instantiate(module, on)]];
  });
}

/** Counts with and without whole vectors of 4 and whole panels of 8. */
export const count: fc.Arbitrary<number> = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17);
export const positive = count.filter((n) => n > 0);
/** For loops around loops. */
export const few = fc.integer({ min: 1, max: 4 });
export const flag = fc.constantFrom<0 | 1>(0, 1);
/** Numbers between the end of a row and the start of the next. */
export const gap: fc.Arbitrary<number> = fc.constantFrom(0, 0, 1, 3);

type Kind = 'float' | 'double' | 'byte';
const WIDTHS: Readonly<Record<Kind, number>> = { float: 4, double: 8, byte: 1 };

interface Block {
  readonly kind: Kind;
  readonly address: Address;
  readonly count: number;
}

/** Puts arrays into the memory of the kernels and into that of the twins. */
export class Arena {
  readonly twin = new TwinMemory(BYTES);
  readonly blocks: Block[] = [];
  /** Where a kernel may leave anything. */
  readonly released: { readonly start: number; readonly end: number }[] = [];
  readonly #layout = new Layout(BASE);
  #seed: number;

  /** @param isWhole numbers are whole and so small that sums of products are exact */
  constructor(
    seed: number,
    private readonly isWhole: boolean,
  ) {
    this.#seed = seed;
    bytes.fill(UNTOUCHED);
  }

  /** Random numbers from −1 to 1, or from −4 to 4 where they are whole. */
  values(count: number): number[] {
    return this.isWhole ? this.wholes(count, 4) : numbers(count, this.#seed++).map(Math.fround);
  }

  /** Random whole numbers from `−most` to `most`. */
  wholes(count: number, most: number): number[] {
    return numbers(count, this.#seed++).map((value) => Math.round(value * most));
  }

  value(): number {
    return this.values(1)[0] ?? NaN;
  }

  /** A random number of 32 bits. */
  word(): number {
    return Math.floor(((numbers(1, this.#seed++)[0] ?? 0) + 1) * 0x8000_0000);
  }

  /** An array of float32 numbers: these, or so many random ones. */
  floats(values: number | readonly number[]): Address {
    return this.#put('float', typeof values === 'number' ? this.values(values) : values);
  }

  /** {@link floats}, or NOWHERE. */
  optionalFloats(isGiven: boolean, values: number | readonly number[]): Address {
    return isGiven ? this.floats(values) : NOWHERE;
  }

  /** Float32 numbers of which a kernel may write more, up to a multiple of `unit`. */
  roundedFloats(values: number | readonly number[], unit: number): Address {
    const given = typeof values === 'number' ? this.values(values) : values;
    const whole = Math.ceil(given.length / unit) * unit;
    const address = this.floats([...given, ...this.values(whole - given.length)]);
    this.release(at(address, given.length * 4), (whole - given.length) * 4);
    return address;
  }

  doubles(count: number): Address {
    return this.#put('double', this.values(count));
  }

  bytes(values: readonly number[]): Address {
    return this.#put('byte', values);
  }

  /** Masks: bytes of 0 or 255. */
  mask(count: number): Address {
    return this.bytes(numbers(count, this.#seed++).map((value) => (value < 0 ? 0 : 255)));
  }

  /** Lets a kernel write here what it wants. */
  release(address: Address, size: number): void {
    this.released.push({ start: address, end: address + size });
  }

  #put(kind: Kind, values: readonly number[]): Address {
    const width = WIDTHS[kind];
    const shift = width * Math.floor((((numbers(1, this.#seed++)[0] ?? 0) + 1) / 2) * ALIGNMENTS);
    const address = at(this.#layout.bytes(shift + width * values.length), shift);
    this.blocks.push({ kind, address, count: values.length });
    values.forEach((value, i) => {
      if (kind === 'float') {
        view.setFloat32(address + 4 * i, value, true);
        this.twin.setFloat(address, i, value);
      } else if (kind === 'double') {
        view.setFloat64(address + 8 * i, value, true);
        this.twin.setDouble(address, i, value);
      } else {
        bytes[address + i] = value;
        this.twin.setByte(address, i, value);
      }
    });
    this.twin.written.fill(0, address, address + width * values.length);
    return address;
  }
}

/** Calls of a kernel that are held against its twin. */
export interface Cases<K extends keyof Kernels> {
  readonly calls: fc.Arbitrary<{ readonly sizes: unknown; readonly place: (arena: Arena) => Arguments<K> }>;
  /** {@link ROUNDING}, {@link SUM}, {@link EXACT} or one with a name of its own. */
  readonly tolerance: number;
  /** Whether results are exact where all numbers are small and whole. */
  readonly isExactOnWholes: boolean;
}

/**
 * @param sizes all that decides about a call but the numbers in its arrays
 * @param place allocates the arrays of a call
 */
export function cases<K extends keyof Kernels, S>(
  sizes: fc.Arbitrary<S>,
  place: (arena: Arena, sizes: S) => Arguments<K>,
  tolerance: number,
  { isExactOnWholes = false } = {},
): Cases<K> {
  const calls = sizes.map((value) => ({ sizes: value, place: (arena: Arena) => place(arena, value) }));
  return { calls, tolerance, isExactOnWholes };
}

/** Calls that add and multiply only: {@link Cases.isExactOnWholes}. */
export function linearCases<K extends keyof Kernels, S>(
  sizes: fc.Arbitrary<S>,
  place: (arena: Arena, sizes: S) => Arguments<K>,
): Cases<K> {
  return cases(sizes, place, SUM, { isExactOnWholes: true });
}

/** Holds all kernels of a file of twins against them. */
export function holdAgainst<K extends keyof Kernels>(
  twins: { readonly [N in K]: Twin<N> },
  table: { readonly [N in K]: Cases<N> },
): void {
  describe.each(builds(memory))('of the %s build', (_, kernels) => {
    it.each(Object.keys(twins) as K[])('%s does what its twin does', (name) => {
      hold(name, kernels, twins[name], table[name]);
    });
  });
}

function hold<K extends keyof Kernels>(name: K, kernels: Kernels, twin: Twin<K>, table: Cases<K>): void {
  const isWhole = table.isExactOnWholes ? fc.boolean() : fc.constant(false);
  fc.assert(
    fc.property(table.calls, fc.nat(), isWhole, ({ place }, seed, whole) => {
      const arena = new Arena(seed, whole);
      const args = place(arena);
      const before = bytes.slice();
      const kernel = kernels[name] as (...values: number[]) => number | undefined;
      const result = kernel(...PARAMETERS[name].map((parameter) => (args as Record<string, number>)[parameter] ?? NaN));
      const tolerance = whole ? EXACT : table.tolerance;
      const expected = twin(arena.twin, args) as number | undefined;
      expect(isClose(result ?? 0, expected ?? 0, tolerance), 'the result').toBe(true);
      expect(differencesOf(arena, before, tolerance)).toEqual([]);
    }),
  );
}

function isClose(actual: number, expected: number, tolerance: number): boolean {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true;
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** Numbers that are not those of the twin, and bytes that the twin left as they were and the kernel did not. */
function differencesOf({ twin, blocks, released }: Arena, before: Uint8Array, tolerance: number): string[] {
  const found: string[] = [];
  const expected = before;
  blocks.forEach(({ kind, address, count }, block) => {
    const width = WIDTHS[kind];
    for (let i = 0; i < count; i++) {
      const place = address + i * width;
      if (twin.written[place] !== 1) continue;
      const [actual, exact] = [read(kind, address, i), twinNumber(twin, kind, address, i)];
      if (!isClose(actual, exact, tolerance)) found.push(`${kind} ${i} of array ${block} is ${actual}, not ${exact}`);
      expected.set(bytes.subarray(place, place + width), place);
    }
  });
  for (const { start, end } of released) expected.set(bytes.subarray(start, end), start);
  if (Buffer.compare(expected, bytes) === 0) return found;
  const place = expected.findIndex((value, i) => value !== bytes[i]);
  const block = blocks.findLastIndex(({ address }) => address <= place);
  const offset = place - (blocks[block]?.address ?? 0);
  return [...found, `a byte that is not the kernel's to write: ${offset} bytes from the start of array ${block}`];
}

function read(kind: Kind, address: Address, i: number): number {
  if (kind === 'float') return view.getFloat32(address + 4 * i, true);
  return kind === 'double' ? view.getFloat64(address + 8 * i, true) : view.getUint8(address + i);
}

function twinNumber(twin: TwinMemory, kind: Kind, address: Address, i: number): number {
  if (kind === 'float') return twin.float(address, i);
  return kind === 'double' ? twin.double(address, i) : twin.byte(address, i);
}
