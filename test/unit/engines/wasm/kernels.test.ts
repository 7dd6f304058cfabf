import { expect, expectTypeOf, it } from 'vitest';
import type { Address } from '../../../../src/engines/wasm/address.js';
import { instantiate, type Kernels } from '../../../../src/engines/wasm/kernels.js';

/** A WebAssembly module without exports. */
const EMPTY = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

it('refuses a module that lacks a kernel', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  expect(() => instantiate(new WebAssembly.Module(EMPTY), memory)).toThrow(
    /no "activate" with 5 parameters.*built from other sources/,
  );
});

it('a kernel takes addresses, distances and flags, each of its own type', () => {
  expectTypeOf<number>().not.toExtend<Address>();
  expectTypeOf<Parameters<Kernels['addTo']>>().toEqualTypeOf<[x: Address, y: Address, n: number]>();
  expectTypeOf<Parameters<Kernels['sumColumns']>>().toEqualTypeOf<
    [rows: number, columns: number, x: Address, row: number, sums: Address, fresh: 0 | 1]
  >();
  expectTypeOf<ReturnType<Kernels['penalty']>>().toEqualTypeOf<number>();
});
