import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBytes, readJson, writeWhole, writing } from '../../src/files.js';

describe('files', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'files-'));
    file = join(folder, 'file.json');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('are put in place by a rename: a reader of the old file goes on reading the old content', async () => {
    await writeFile(file, 'old');
    const reader = await open(file);
    await writeWhole(file, 'the new content');
    expect((await reader.readFile()).toString()).toBe('old');
    await reader.close();
    expect(await readFile(file, 'utf8')).toBe('the new content');
    expect(await readdir(folder)).toEqual(['file.json']);
  });

  it('that can not be put in place leave nothing behind', async () => {
    await mkdir(file);
    await writeFile(join(file, 'in the way'), '');
    await expect(writeWhole(file, 'new')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file.json']);
  });

  it('that the system refuses to write are an error of the place; other errors pass', async () => {
    const refused = writing('the place', () => writeFile(join(folder, 'no', 'file'), ''));
    await expect(refused).rejects.toMatchObject({
      code: 'OUTPUT_FOLDER',
      message: expect.stringMatching(/^the place can't be written: .*ENOENT/) as string,
    });
    const other = new TypeError('other');
    await expect(writing('the place', () => Promise.reject(other))).rejects.toBe(other);
    expect(await writing('the place', () => Promise.resolve(3))).toBe(3);
  });

  it('are read whole, and as JSON', async () => {
    await writeFile(file, '{"a": [1]}');
    expect(await readJson(file)).toEqual({ a: [1] });
    expect((await readBytes(file)).length).toBe(10);
    await writeFile(file, '{"a": ');
    const named = (text: string) => ({ code: 'LOAD', message: expect.stringContaining(text) as string });
    await expect(readJson(file)).rejects.toMatchObject(named(`${file} is not JSON`));
    await expect(readJson(join(folder, 'none'))).rejects.toMatchObject(named("none can't be read"));
  });
});
