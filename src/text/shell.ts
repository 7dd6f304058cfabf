import { join, relative } from 'node:path';

/** The command that repeats the run of a folder, for a shell in the current folder. */
export function repeatCommand(folder: string): string {
  return `npx tfjs-ensemble train --config ${shellQuoted(join(relative(process.cwd(), folder), 'config.yaml'))}`;
}

/** Quotes an argument for a POSIX shell, if needed. */
export function shellQuoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
