import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDifference,
  formatDuration,
  formatMs,
  formatNumber,
  formatShare,
  formatTime,
} from '../../../src/report/format.js';

describe('numbers', () => {
  it.each([
    [0.98594, '0.9859'],
    [0, '0.0000'],
    [-0.0012, '−0.0012'],
    [0.000031, '3.1e-5'],
    [12345.67, '12,345.7'],
    [-4321, '−4,321'],
  ])('formats %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it.each([
    [0.0012, '+0.0012'],
    [-0.0012, '−0.0012'],
    [0, '0.0000'],
  ])('formats the difference %d as %s', (value, text) => {
    expect(formatDifference(value)).toBe(text);
  });

  it('formats shares', () => {
    expect([formatShare(0.0053), formatShare(0.985)]).toEqual(['0.53 %', '98.5 %']);
  });
});

describe('time and size', () => {
  it.each([
    [48_230, '48.2 s'],
    [99_960, '1 min 40 s'],
    [725_000, '12 min 5 s'],
    [3_599_900, '1 h 0 min'],
    [4_800_000, '1 h 20 min'],
  ])('formats %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('formats short times by their size', () => {
    expect([5.712, 57.12, 571.2].map(formatMs)).toEqual(['5.71 ms', '57.1 ms', '571 ms']);
  });

  it('formats memory', () => {
    expect([formatBytes(412 * 2 ** 20), formatBytes(1.25 * 2 ** 30)]).toEqual(['412 MiB', '1.3 GiB']);
  });

  it('formats a time in UTC, and leaves what is none', () => {
    expect([formatTime('2026-11-24T22:13:10.123Z'), formatTime('yesterday')]).toEqual([
      '2026-11-24 22:13 UTC',
      'yesterday',
    ]);
  });
});
