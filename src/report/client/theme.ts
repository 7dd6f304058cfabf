import { COLOURS } from './marks.js';

/** The colours of the page as values, because charts cannot use CSS variables. They are defined in style.css. */
export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly diagonal: string;
  readonly error: string;
  readonly font: string;
  /** The colour of a style (`colourOf` in marks.ts). */
  readonly colours: readonly string[];
}

export function currentTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read('ink'),
    muted: read('muted'),
    line: read('line'),
    surface: read('surface'),
    diagonal: read('diagonal'),
    error: read('error'),
    font: read('font'),
    colours: Array.from({ length: COLOURS }, (_, n) => read(`colour-${n}`)),
  };
}

/** Calls `listener` when the system changes between light and dark, and before and after printing, which uses light colours. */
export function onThemeChange(listener: () => void): void {
  const { dataset } = document.documentElement;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
  addEventListener('beforeprint', () => {
    dataset['print'] = '';
    listener();
  });
  addEventListener('afterprint', () => {
    delete dataset['print'];
    listener();
  });
}
