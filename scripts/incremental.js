/** Builds the parts of a package that have changed since the last build. */
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { lock } from 'proper-lockfile';

/** Only one build runs at a time. A second one waits, and then has nothing to do. */
export async function buildChanged({ root, cache, parts, onBuild }) {
  mkdirSync(cache, { recursive: true });
  const release = await lock(cache, { retries: { forever: true, minTimeout: 100, maxTimeout: 100 } });
  try {
    for (const part of parts) await bringUpToDate(part, root, path.join(cache, `${part.name}.json`), onBuild);
  } finally {
    await release();
  }
}

/**
 * The stamp has the hashes of the last complete build. If a build is interrupted or its sources change meanwhile, the stamp is not updated and
 * does not match the outputs, so the next call builds again.
 */
async function bringUpToDate(part, root, stampFile, onBuild) {
  const stamp = readStamp(stampFile);
  const sources = hashes(root, part.sources);
  const tools = { part, files: hashes(root, part.tools) };
  const outputs = hashes(root, part.outputs);
  if (isDeepStrictEqual(stamp, { sources, tools, outputs })) return;

  onBuild(part.name);
  // An incremental program such as tsc reuses its last outputs without checks, and does not delete the outputs of deleted sources.
  const canContinue =
    isDeepStrictEqual(stamp?.tools, tools) &&
    isDeepStrictEqual(stamp.outputs, outputs) &&
    Object.keys(stamp.sources).every((file) => file in sources);
  if (!canContinue) removeOutputs(part, root, outputs);
  await run(part, root);

  const made = hashes(root, part.outputs);
  const missing = part.outputs.filter((name) => !name.startsWith('!') && filesIn(root, name).length === 0);
  if (missing.length > 0) throw new Error(`The build of ${part.name} did not write ${missing.join(', ')}`);
  if (!isDeepStrictEqual(hashes(root, part.sources), sources)) return;
  writeFileSync(`${stampFile}.new`, JSON.stringify({ sources, tools, outputs: made }));
  renameSync(`${stampFile}.new`, stampFile);
}

function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Deletes the outputs in folders. Single files are kept, because they may be under version control; the build overwrites them. */
function removeOutputs(part, root, outputs) {
  const removable = Object.keys(outputs).filter((file) => !part.outputs.includes(file));
  for (const file of removable) rmSync(path.join(root, file));
}

async function run({ name, command }, root) {
  const [code, signal] = await once(spawn(process.execPath, command, { cwd: root, stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`The build of ${name} ended with ${signal ?? `exit code ${code}`}`);
}

/** The hash of each file, by its path. File times would not work, because another branch may have older files. */
function hashes(root, names) {
  const omitted = names.filter((name) => name.startsWith('!')).map((name) => name.slice(1));
  const files = names.filter((name) => !name.startsWith('!')).flatMap((name) => filesIn(root, name));
  const kept = files.filter((file) => !omitted.some((name) => file === name || file.startsWith(`${name}/`)));
  return Object.fromEntries(kept.map((file) => [file, hash('sha256', readFileSync(path.join(root, file)))]));
}

/** The file itself, or all files in the folder; empty if the path does not exist. */
function filesIn(root, name) {
  const stats = statSync(path.join(root, name), { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats ? [name] : [];
  return readdirSync(path.join(root, name)).flatMap((entry) => filesIn(root, `${name}/${entry}`));
}
