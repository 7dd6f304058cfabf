import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { assignMembers, countThreads, haveCores } from '../../../src/coordinator/threads.js';

const cores = availableParallelism();

describe('the number of threads', () => {
  it('is one for each core where work is shared, as far as there are parts', () => {
    expect(countThreads('auto', { a: 'wasm' }, 1)).toBe(1);
    expect(countThreads('auto', { a: 'wasm' }, 64)).toBe(Math.min(2, cores));
    expect(countThreads('auto', { a: 'wasm', b: 'wasm', c: 'wasm' }, 256)).toBe(Math.min(24, cores));
  });

  it('is one for each member where it is not, up to four for each core', () => {
    expect(countThreads('auto', { a: 'tfjs', b: 'tensorflow' }, 64)).toBe(2);
    const many = Object.fromEntries(Array.from({ length: 4 * cores + 1 }, (_, i) => [`m${i}`, 'tfjs']));
    expect(countThreads('auto', many, 64)).toBe(4 * cores);
  });

  it('is the sum of both where members run on several engines', () => {
    expect(countThreads('auto', { a: 'tfjs', b: 'wasm' }, 1)).toBe(2);
  });

  it('is what was asked for, but no more than members where only their own threads can work on them', () => {
    expect(countThreads(7, { a: 'wasm' }, 1)).toBe(7);
    expect(countThreads(7, { a: 'tfjs', b: 'tfjs' }, 1)).toBe(2);
  });
});

it('threads have cores to themselves where there are enough and engines have no threads of their own', () => {
  expect(haveCores(cores, { a: 'wasm' })).toBe(true);
  expect(haveCores(cores + 1, { a: 'wasm' })).toBe(false);
  expect(haveCores(1, { a: 'wasm', b: 'tensorflow' })).toBe(false);
});

it('members are spread over threads in their order', () => {
  expect(assignMembers(['a', 'b', 'c'], 2)).toEqual([['a', 'b'], ['c']]);
  expect(assignMembers(['a'], 2)).toEqual([['a'], []]);
});
