/**
 * Bundles src/report/client/ into one script and one style sheet. src/report/page.ts writes both into each report. The script includes the
 * licence notices of the chart library.
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
