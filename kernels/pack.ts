import { Bytes } from './types';

/**
 * Packs a matrix of k rows and n columns for `multiply`, as panels of 8 columns. Within a panel the rows lie one after the other. The last
 * panel is filled up with zeros.
 * @param row, column bytes from a row to the next, and from a column to the next. Swapping them transposes
 * @param to, toPanel the first panel, and the bytes from a panel to the next
 */
export function pack(k: i32, n: i32, from: usize, row: Bytes, column: Bytes, to: usize, toPanel: Bytes): void {
  for (let first = 0; first < n; first += 8) {
    const columns = min(n - first, 8);
    if (columns == 8 && column == 4) packRows(k, from, row, to);
    else if (columns == 8 && row == 4) packColumns(k, from, column, to);
    else {
      for (let i = 0; i < k; i++) {
        const source = from + <usize>i * row;
        const target = to + <usize>i * 32;
        for (let j = 0; j < 8; j++) {
          store<f32>(target + <usize>j * 4, j < columns ? load<f32>(source + <usize>j * column) : 0);
        }
      }
    }
    from += 8 * column;
    to += toPanel;
  }
}

/** A whole panel from rows whose numbers are neighbours. */
function packRows(k: i32, from: usize, row: Bytes, to: usize): void {
  for (; k > 0; k--) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += row;
    to += 32;
  }
}

/** A whole panel from columns whose numbers are neighbours. Transposes 4 by 4 numbers at once. */
function packColumns(k: i32, from: usize, column: Bytes, to: usize): void {
  let i = 0;
  for (; i + 4 <= k; i += 4) {
    for (let half: usize = 0; half < 2; half++) {
      const source = from + <usize>i * 4 + half * 4 * column;
      const target = to + <usize>i * 32 + half * 16;
      const r0 = v128.load(source);
      const r1 = v128.load(source + column);
      const r2 = v128.load(source + 2 * column);
      const r3 = v128.load(source + 3 * column);
      const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(target, v128.shuffle<i64>(low01, low23, 1, 3), 32);
      v128.store(target, v128.shuffle<i64>(high01, high23, 0, 2), 64);
      v128.store(target, v128.shuffle<i64>(high01, high23, 1, 3), 96);
    }
  }
  for (; i < k; i++) {
    for (let j = 0; j < 8; j++) {
      store<f32>(to + <usize>i * 32 + <usize>j * 4, load<f32>(from + <usize>i * 4 + <usize>j * column));
    }
  }
}

/** Copies `rows` rows of `count` pixels of `size` bytes each: pads an image, or puts gaps between its pixels. */
export function copyPixels(
  rows: i32,
  count: i32,
  size: Bytes,
  from: usize,
  fromRow: Bytes,
  fromPixel: Bytes,
  to: usize,
  toRow: Bytes,
  toPixel: Bytes,
): void {
  for (; rows > 0; rows--) {
    if (fromPixel == size && toPixel == size) memory.copy(to, from, <usize>count * size);
    else for (let i: usize = 0; i < <usize>count; i++) memory.copy(to + i * toPixel, from + i * fromPixel, size);
    from += fromRow;
    to += toRow;
  }
}

export function fillZero(to: usize, bytes: Bytes): void {
  memory.fill(to, 0, bytes);
}
