import { madd } from './madd';

/**
 * A convolution of one channel with filters 3 wide and stride 1: the first layer of most networks on grey images. Of such short sums
 * the general kernel (matmul.ts) sees mostly the ends; here 4 neighbouring pixels share the 6 numbers that they need of a row of
 * the image.
 * @param height rows of C
 * @param width pixels in a row of C, a multiple of 4
 * @param filterHeight rows of the filter
 * @param a, aRow the padded image, and the bytes from one of its rows to the next
 * @param b packed filters ({@link pack}, 8 columns wide throughout)
 * @param panels columns of C, in eights
 * @param cPixel bytes from a pixel of C to the next
 * @param bias a number for each column
 * @param relu 1: negative sums become 0
 */
export function convolveNarrow(
  height: i32,
  width: i32,
  filterHeight: i32,
  a: usize,
  aRow: usize,
  b: usize,
  panels: i32,
  c: usize,
  cPixel: usize,
  bias: usize,
  relu: i32,
): void {
  const least = v128.splat<f32>(relu ? 0 : -Infinity);
  const cRow = <usize>width * cPixel;
  for (; panels > 0; panels--) {
    for (let y = 0; y < height; y++) {
      let aNow = a + <usize>y * aRow;
      let cNow = c + <usize>y * cRow;
      for (let x = 0; x < width; x += 4) {
        let c00 = v128.load(bias);
        let c01 = v128.load(bias, 16);
        let c10 = c00;
        let c11 = c01;
        let c20 = c00;
        let c21 = c01;
        let c30 = c00;
        let c31 = c01;
        let aTap = aNow;
        let bTap = b;
        for (let tap = filterHeight; tap > 0; tap--) {
          let w0 = v128.load(bTap);
          let w1 = v128.load(bTap, 16);
          let x0 = v128.load32_splat(aTap);
          let x1 = v128.load32_splat(aTap, 4);
          const x2 = v128.load32_splat(aTap, 8);
          const x3 = v128.load32_splat(aTap, 12);
          c00 = madd(x0, w0, c00);
          c01 = madd(x0, w1, c01);
          c10 = madd(x1, w0, c10);
          c11 = madd(x1, w1, c11);
          c20 = madd(x2, w0, c20);
          c21 = madd(x2, w1, c21);
          c30 = madd(x3, w0, c30);
          c31 = madd(x3, w1, c31);
          w0 = v128.load(bTap, 32);
          w1 = v128.load(bTap, 48);
          x0 = v128.load32_splat(aTap, 16);
          c00 = madd(x1, w0, c00);
          c01 = madd(x1, w1, c01);
          c10 = madd(x2, w0, c10);
          c11 = madd(x2, w1, c11);
          c20 = madd(x3, w0, c20);
          c21 = madd(x3, w1, c21);
          c30 = madd(x0, w0, c30);
          c31 = madd(x0, w1, c31);
          w0 = v128.load(bTap, 64);
          w1 = v128.load(bTap, 80);
          x1 = v128.load32_splat(aTap, 20);
          c00 = madd(x2, w0, c00);
          c01 = madd(x2, w1, c01);
          c10 = madd(x3, w0, c10);
          c11 = madd(x3, w1, c11);
          c20 = madd(x0, w0, c20);
          c21 = madd(x0, w1, c21);
          c30 = madd(x1, w0, c30);
          c31 = madd(x1, w1, c31);
          aTap += aRow;
          bTap += 96;
        }
        v128.store(cNow, v128.pmax<f32>(c00, least));
        v128.store(cNow, v128.pmax<f32>(c01, least), 16);
        cNow += cPixel;
        v128.store(cNow, v128.pmax<f32>(c10, least));
        v128.store(cNow, v128.pmax<f32>(c11, least), 16);
        cNow += cPixel;
        v128.store(cNow, v128.pmax<f32>(c20, least));
        v128.store(cNow, v128.pmax<f32>(c21, least), 16);
        cNow += cPixel;
        v128.store(cNow, v128.pmax<f32>(c30, least));
        v128.store(cNow, v128.pmax<f32>(c31, least), 16);
        cNow += cPixel;
        aNow += 16;
      }
    }
    b += <usize>(filterHeight * 96);
    bias += 32;
    c += 32;
  }
}
