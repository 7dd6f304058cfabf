import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exitCodes.js';
import { EnsembleError } from '../../../src/errors.js';

describe('exit codes', () => {
  const disk = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'write' });

  it.each<[number, string, EnsembleError]>([
    [130, 'an interruption', new EnsembleError('ABORTED', '')],
    [1, 'a failure of a run', new EnsembleError('THREAD_DIED', '')],
    [2, 'a mistake', new EnsembleError('CONFIG', '')],
    [2, 'a batch that does not fit into memory', new EnsembleError('OUT_OF_MEMORY', '')],
    [2, 'a setup module that fails', new EnsembleError('SETUP_MODULE', '')],
    [2, "another's folder", new EnsembleError('OUTPUT_FOLDER', '')],
    [2, 'a folder without permission', new EnsembleError('OUTPUT_FOLDER', '', { cause: disk('EACCES') })],
    ...['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].map((code): [number, string, EnsembleError] => [
      1,
      `a disk that says ${code}`,
      new EnsembleError('OUTPUT_FOLDER', '', { cause: disk(code) }),
    ]),
  ])('%i for %s', (code, _what, error) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
