import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { EnsembleError } from '../errors.js';
import { describeIssues } from '../text/issues.js';

/**
 * Reads a text file.
 * @throws EnsembleError `CONFIG`
 */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnsembleError('CONFIG', `${file} can't be read: ${reason}`, { cause: error });
  }
}

/**
 * Parses a YAML text to plain data.
 * @param file name of the file, for messages
 * @throws EnsembleError `CONFIG`
 */
export function parseYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { lineCounter: new LineCounter(), uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax !== undefined)
    throw new EnsembleError('CONFIG', `${file} is not YAML: ${syntax.message}`, { cause: syntax });
  try {
    return document.toJS(); // resolves the aliases
  } catch (error) {
    throw new EnsembleError('CONFIG', `${file} has an alias that can't be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The result of a check: a value, or null and the problems, one line each. */
export interface Checked<T> {
  readonly value: T | null;
  readonly problems: readonly string[];
}

/** Checks plain data against a schema and then against further rules. Reports all mistakes at once. */
export function checkData<Schema extends z.ZodType>(
  given: unknown,
  schema: Schema,
  rules: (parsed: z.output<Schema>) => Iterable<string>,
): Checked<z.output<Schema>> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) return { value: null, problems: describeIssues(parsed.error.issues, schema, given) };
  const problems = [...rules(parsed.data)];
  return { value: problems.length === 0 ? parsed.data : null, problems };
}

/** One error with all mistakes of a file. */
export function mistakes(file: string, problems: readonly string[]): EnsembleError {
  return new EnsembleError('CONFIG', `${file} has mistakes:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}
