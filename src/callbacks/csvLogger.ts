import { stringify } from 'csv-stringify/sync';
import { appendFile, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { writing } from '../files.js';
import { described, flag } from '../registry/options.js';
import type { Scores } from '../train/scores.js';
import { defineCallback, type Callback } from './callback.js';

/**
 * Writes a header and a line for each epoch: the epoch's number, from 0, and its scores in alphabetical order. It follows Keras's `CSVLogger`
 * (keras/src/callbacks/csv_logger.py).
 */
export const csvLogger = defineCallback({
  name: 'csvLogger',
  summary: 'Writes the scores of each epoch as a line of a CSV file.',
  options: {
    filename: described(z.string().min(1), {
      description:
        'Path of the file. A relative path starts at the current folder; in a configuration, at the folder of the run.',
      rule: 'a path',
    }),
    separator: described(z.string().min(1).default(','), {
      description: 'Separator between two columns.',
      rule: 'a text that is not empty',
    }),
    append: flag(false, 'Appends to an existing file. The header is written only if the file is empty.'),
  },
  create({ filename, separator, append }, { folder }): Callback {
    const file = resolve(folder, filename);
    let columns: readonly string[] | null = null;
    const line = (cells: readonly (string | number)[]): string => stringify([[...cells]], { delimiter: separator });
    return {
      async onTrainBegin() {
        columns = null;
        if (!append) await writing(file, () => writeFile(file, ''));
      },
      async onEpochEnd(epoch: number, scores: Scores) {
        const header = columns === null && (await isEmpty(file));
        columns ??= Object.keys(scores).sort();
        const row = line([epoch, ...columns.map((name) => String(scores[name] ?? ''))]);
        await writing(file, () => appendFile(file, header ? line(['epoch', ...(columns ?? [])]) + row : row));
      },
    };
  },
});

async function isEmpty(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size === 0;
  } catch {
    return true; // it does not exist yet
  }
}
