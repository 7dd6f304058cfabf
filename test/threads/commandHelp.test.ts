import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const COMMANDS = ['', 'train', 'experiment', 'predict', 'setup', 'setup tensorflow'];

/** What the command prints about itself, under the line with which it was asked. */
async function help(command: string): Promise<string> {
  const args = [...command.split(' '), '--help'].filter((arg) => arg !== '');
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
  return [`$ ${['tfjs-ensemble', ...args].join(' ')}`, stdout].join('\n');
}

it('the command has the subcommands and options that are written down (`vitest -u` writes them anew)', async () => {
  const texts = await Promise.all(COMMANDS.map(help));
  await expect(texts.join('\n')).toMatchFileSnapshot('../fixtures/command-help.txt');
});
