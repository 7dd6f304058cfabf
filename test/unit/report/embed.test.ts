import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlText, scriptJson } from '../../../src/report/embed.js';

describe('scriptJson', () => {
  it('has nothing that ends a script, opens a comment or ends a line', () => {
    const json = scriptJson({ '</script>': '<!-- \u2028\u2029 & <img src=x onerror=alert(1)>' }, 6);
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(json)).toEqual({ '</script>': '<!-- \u2028\u2029 & <img src=x onerror=alert(1)>' });
  });

  it('gives any text back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(scriptJson([text], 6))).toEqual([text]);
      }),
    );
  });

  it('keeps whole numbers in full, of others so many digits; what is no number is null', () => {
    expect(scriptJson([123456789, 0.123456789, 1 / 3e7, NaN], 6)).toBe('[123456789,0.123457,3.33333e-8,null]');
  });
});

describe('htmlText', () => {
  it('leaves no markup', () => {
    expect(htmlText('</title><b>&amp;')).toBe('&lt;/title&gt;&lt;b&gt;&amp;amp;');
  });
});
