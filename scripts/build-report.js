/**
 * Bundles the report's page, src/report/client/, into one program and one style, which src/report/page.ts writes into each report. The
 * charts' library comes with its notices.
 */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const notices = ['echarts/NOTICE', 'zrender/LICENSE'].map((file) =>
  readFileSync(`${root}node_modules/${file}`, 'utf8'),
);

await build({
  absWorkingDir: root,
  entryPoints: ['src/report/client/main.ts', 'src/report/client/style.css'],
  outdir: 'dist/report/client',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  banner: { js: `/*\n${notices.join('\n\n')}\n*/` },
  logLevel: 'warning',
});
