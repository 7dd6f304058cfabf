import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Experiment } from '../../../src/experiment/experiment.js';

const folder = fileURLToPath(new URL('../../../experiments/', import.meta.url));
const series = readdirSync(folder).filter(
  (file) => 'base' in (parse(readFileSync(`${folder}${file}`, 'utf8')) as object),
);

describe('the series that come with the package', () => {
  it.each(series)('%s can be run as it is', async (file) => {
    const runs = await (await Experiment.plan(`${folder}${file}`)).runs();
    expect(runs.length).toBeGreaterThanOrEqual(12);
    expect(new Set(runs.map(({ seed }) => seed)).size).toBe(3);
  });
});
