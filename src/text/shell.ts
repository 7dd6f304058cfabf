import { join, relative } from 'node:path';

/** The command that trains once more what left a run's folder, from where this program runs. */
export function repeatCommand(folder: string): string {
  return `npx tfjs-ensemble train --config ${shellQuoted(join(relative(process.cwd(), folder), 'config.yaml'))}`;
}

/** An argument as a POSIX shell takes it for one. */
export function shellQuoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
