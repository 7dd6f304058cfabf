import { Bytes, Flag } from './types';

/**
 * The maximum of each window, channel by channel. `places` receives the place of each maximum in its window, counted row by row from 0. If
 * several numbers are equal, it is the first. Windows have at most 256 places.
 * @param x, xRow, xPixel the image, and the bytes from a row and from a pixel to the next
 * @param top, left rows and columns of padding before the image. Padding is never the maximum
 */
export function maxPool(
  height: i32,
  width: i32,
  channels: i32,
  x: usize,
  xRow: Bytes,
  xPixel: Bytes,
  outHeight: i32,
  outWidth: i32,
  y: usize,
  places: usize,
  poolHeight: i32,
  poolWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
): void {
  const isPlain = poolHeight == 2 && poolWidth == 2 && channels >= 4;
  for (let oy = 0; oy < outHeight; oy++) {
    const firstY = oy * strideY - top;
    const fromY = max(firstY, 0);
    const toY = min(firstY + poolHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const firstX = ox * strideX - left;
      const fromX = max(firstX, 0);
      const toX = min(firstX + poolWidth, width);
      if (isPlain && toY - fromY == 2 && toX - fromX == 2) {
        maxOfFour(channels, x + <usize>fromY * xRow + <usize>fromX * xPixel, xRow, xPixel, y, places);
        y += (<usize>channels) << 2;
        places += <usize>channels;
        continue;
      }
      let channel = 0;
      for (; channel + 4 <= channels; channel += 4) {
        let best = v128.splat<f32>(-Infinity);
        let place = v128.splat<i32>(0);
        for (let yy = fromY; yy < toY; yy++) {
          for (let xx = fromX; xx < toX; xx++) {
            const value = v128.load(x + <usize>yy * xRow + <usize>xx * xPixel + <usize>(channel << 2));
            const more = v128.gt<f32>(value, best);
            best = v128.bitselect(value, best, more);
            place = v128.bitselect(v128.splat<i32>((yy - firstY) * poolWidth + xx - firstX), place, more);
          }
        }
        v128.store(y, best);
        storePlaces(places, place);
        y += 16;
        places += 4;
      }
      for (; channel < channels; channel++) {
        let best: f32 = -Infinity;
        let place = 0;
        for (let yy = fromY; yy < toY; yy++) {
          for (let xx = fromX; xx < toX; xx++) {
            const value = load<f32>(x + <usize>yy * xRow + <usize>xx * xPixel + <usize>(channel << 2));
            if (value > best) {
              best = value;
              place = (yy - firstY) * poolWidth + xx - firstX;
            }
          }
        }
        store<f32>(y, best);
        store<u8>(places, <u8>place);
        y += 4;
        places += 1;
      }
    }
  }
}

/**
 * The gradient of {@link maxPool}: each window's gradient goes to the place of its maximum.
 * @param accumulate 0 if windows do not overlap; the caller has filled the places outside all windows with zeros. Otherwise 1, and the caller
 *   has filled all of `dx` with zeros
 */
export function maxPoolGradient(
  height: i32,
  width: i32,
  channels: i32,
  dx: usize,
  xRow: Bytes,
  xPixel: Bytes,
  outHeight: i32,
  outWidth: i32,
  dy: usize,
  places: usize,
  poolHeight: i32,
  poolWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  accumulate: Flag,
): void {
  const isPlain = poolHeight == 2 && poolWidth == 2 && channels >= 4 && accumulate == 0;
  for (let oy = 0; oy < outHeight; oy++) {
    const firstY = oy * strideY - top;
    const fromY = max(firstY, 0);
    const toY = min(firstY + poolHeight, height);
    for (let ox = 0; ox < outWidth; ox++) {
      const firstX = ox * strideX - left;
      const fromX = max(firstX, 0);
      const toX = min(firstX + poolWidth, width);
      if (isPlain && toY - fromY == 2 && toX - fromX == 2) {
        spreadToFour(channels, dx + <usize>fromY * xRow + <usize>fromX * xPixel, xRow, xPixel, dy, places);
        dy += (<usize>channels) << 2;
        places += <usize>channels;
        continue;
      }
      let channel = 0;
      for (; channel + 4 <= channels; channel += 4) {
        const place = v128.extend_low<i16>(v128.extend_low<u8>(v128.load32_zero(places)));
        const gradient = v128.load(dy);
        for (let yy = fromY; yy < toY; yy++) {
          for (let xx = fromX; xx < toX; xx++) {
            const to = dx + <usize>yy * xRow + <usize>xx * xPixel + <usize>(channel << 2);
            const here = v128.eq<i32>(place, v128.splat<i32>((yy - firstY) * poolWidth + xx - firstX));
            let value = v128.and(gradient, here);
            if (accumulate) value = v128.add<f32>(value, v128.load(to));
            v128.store(to, value);
          }
        }
        dy += 16;
        places += 4;
      }
      for (; channel < channels; channel++) {
        const place = <i32>load<u8>(places);
        const gradient = load<f32>(dy);
        for (let yy = fromY; yy < toY; yy++) {
          for (let xx = fromX; xx < toX; xx++) {
            const to = dx + <usize>yy * xRow + <usize>xx * xPixel + <usize>(channel << 2);
            const value: f32 = place == (yy - firstY) * poolWidth + xx - firstX ? gradient : 0;
            store<f32>(to, accumulate ? load<f32>(to) + value : value);
          }
        }
        dy += 4;
        places += 1;
      }
    }
  }
}

/** A whole window of 2 by 2, the most common size. Some channels are done twice if their number is no multiple of 4. */
function maxOfFour(channels: i32, x: usize, xRow: Bytes, xPixel: Bytes, y: usize, places: usize): void {
  const below = x + xRow;
  for (let channel = 0; ; channel = min(channel + 4, channels - 4)) {
    const at = (<usize>channel) << 2;
    const x0 = v128.load(x + at);
    const x1 = v128.load(x + xPixel + at);
    const x2 = v128.load(below + at);
    const x3 = v128.load(below + xPixel + at);
    const upper = v128.pmax<f32>(x0, x1);
    const lower = v128.pmax<f32>(x2, x3);
    v128.store(y + at, v128.pmax<f32>(upper, lower));
    // A true comparison is all ones, which is -1.
    const right = v128.bitselect(v128.gt<f32>(x3, x2), v128.gt<f32>(x1, x0), v128.gt<f32>(lower, upper));
    const place = v128.neg<i32>(v128.add<i32>(right, v128.shl<i32>(v128.gt<f32>(lower, upper), 1)));
    storePlaces(places + <usize>channel, place);
    if (channel == channels - 4) return;
  }
}

/** The gradient of {@link maxOfFour}. */
function spreadToFour(channels: i32, dx: usize, xRow: Bytes, xPixel: Bytes, dy: usize, places: usize): void {
  const below = dx + xRow;
  for (let channel = 0; ; channel = min(channel + 4, channels - 4)) {
    const at = (<usize>channel) << 2;
    const place = v128.extend_low<i16>(v128.extend_low<u8>(v128.load32_zero(places + <usize>channel)));
    const gradient = v128.load(dy + at);
    v128.store(dx + at, v128.and(gradient, v128.eq<i32>(place, v128.splat<i32>(0))));
    v128.store(dx + xPixel + at, v128.and(gradient, v128.eq<i32>(place, v128.splat<i32>(1))));
    v128.store(below + at, v128.and(gradient, v128.eq<i32>(place, v128.splat<i32>(2))));
    v128.store(below + xPixel + at, v128.and(gradient, v128.eq<i32>(place, v128.splat<i32>(3))));
    if (channel == channels - 4) return;
  }
}

/** Writes the lowest byte of each of four numbers. */
function storePlaces(to: usize, places: v128): void {
  v128.store_lane<i32>(to, v128.shuffle<i8>(places, places, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
}
