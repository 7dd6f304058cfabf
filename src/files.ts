import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { EnsembleError } from './errors.js';

/**
 * Runs a function that writes to a folder or a file.
 * @param place the folder or file, for the message
 * @throws EnsembleError `OUTPUT_FOLDER` if the system can't write
 */
export async function writing<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new EnsembleError(
      'OUTPUT_FOLDER',
      `${place} can't be written: ${error.message}. Use another path, or check its free space and permissions.`,
      {
        cause: error,
      },
    );
  }
}

/** Writes a whole file or, after an error, nothing: a rename puts the finished file in place. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * Reads a JSON file.
 * @throws EnsembleError `LOAD` if the file can't be read or is not JSON
 */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readBytes(file)).toString()) as unknown;
  } catch (error) {
    if (error instanceof EnsembleError) throw error;
    throw new EnsembleError('LOAD', `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads a whole file.
 * @throws EnsembleError `LOAD` if the file can't be read
 */
export async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new EnsembleError(
      'LOAD',
      `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
