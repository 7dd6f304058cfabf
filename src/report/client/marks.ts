import { svg } from './dom.js';

/**
 * The styles of variants. A style is a colour and a mark, so that variants can be distinguished without seeing colours. Eight colours and five
 * marks have no common factor, so they give 40 styles. The colours are in style.css. Six of them are from Okabe and Ito, who chose them for all kinds of colour
 * vision (https://jfly.uni-koeln.de/color/). Their yellow and black are left out, because they are hard to see on a light or dark background. The two
 * blues have different marks.
 */
export const COLOURS = 8;

/** Outlines in a box of 10 × 10. */
const MARKS = [
  'M5,0A5,5,0,1,1,5,10A5,5,0,1,1,5,0Z', // circle
  'M0.6,0.6H9.4V9.4H0.6Z', // square
  'M5,0L10,9.5H0Z', // triangle
  'M5,-0.6L10.6,5L5,10.6L-0.6,5Z', // diamond
  'M5,10L10,0.5H0Z', // triangle, point down
] as const;

export function colourOf(style: number): number {
  return style % COLOURS;
}

/** The mark in the format of ECharts. */
export function symbolOf(style: number): string {
  return `path://${outlineOf(style)}`;
}

/** A coloured mark for a legend or a table. */
export function swatch(style: number): SVGElement {
  const attributes = { class: `swatch colour-${colourOf(style)}`, viewBox: '-1 -1 12 12', 'aria-hidden': 'true' };
  return svg('svg', attributes, svg('path', { d: outlineOf(style) }));
}

function outlineOf(style: number): string {
  return MARKS[style % MARKS.length] ?? MARKS[0];
}
