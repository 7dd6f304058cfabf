import { svg } from './dom.js';

/**
 * How things are told apart: by a colour and by a mark, so that nothing hangs on colour alone. Eight colours and five marks have no common
 * factor, so 40 variants differ. The colours are in style.css; six of them are Okabe and Ito's, for all kinds of colour vision (https://jfly.uni-koeln.de/color/), without
 * their yellow and black, which light or dark ground would swallow. Of two blues, each has another mark.
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

/** As ECharts takes it. */
export function symbolOf(style: number): string {
  return `path://${outlineOf(style)}`;
}

/** For a legend or a table, in its colour. */
export function swatch(style: number): SVGElement {
  const attributes = { class: `swatch colour-${colourOf(style)}`, viewBox: '-1 -1 12 12', 'aria-hidden': 'true' };
  return svg('svg', attributes, svg('path', { d: outlineOf(style) }));
}

function outlineOf(style: number): string {
  return MARKS[style % MARKS.length] ?? MARKS[0];
}
