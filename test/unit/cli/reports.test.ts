import { describe, expect, it } from 'vitest';
import { drawCurves } from '../../../src/cli/curves.js';
import { historyCsv } from '../../../src/cli/reports.js';

const history = {
  epoch: [0, 1, 2],
  history: {
    combined_loss: [0.9, 0.5, 0.3],
    loss: [1, 0.6, 0.4],
    combined_accuracy: [0.5, 0.7, 0.9],
    val_loss: [1.1, 0.8, 0.7],
  },
};

describe('historyCsv', () => {
  it('has a row for each epoch, numbers in full', () => {
    expect(historyCsv(history).split('\n')).toEqual([
      'epoch,combined_loss,loss,combined_accuracy,val_loss',
      '1,0.9,1,0.5,1.1',
      '2,0.5,0.6,0.7,0.8',
      '3,0.3,0.4,0.9,0.7',
      '',
    ]);
  });
});

describe('drawCurves', () => {
  const svg = drawCurves('digits', history);

  it('draws each series, validation dashed in the colour of its training curve', () => {
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
    for (const text of ['digits', 'combined_loss', 'combined_accuracy', 'epoch']) expect(svg).toContain(text);
    expect(svg.match(/<path[^>]*stroke="#(4269d0|ff725c)"[^>]*>/g)?.length).toBeGreaterThanOrEqual(4);
    expect(svg.match(/stroke-dasharray="[^"]+"/g)?.length).toBeGreaterThanOrEqual(1);
  });
});
