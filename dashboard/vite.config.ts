// The bundle of the dashboard: one page, charts in a separate chunk, nothing inlined, as a strict CSP requires.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { preact } from '@preact/preset-vite'
import { defineConfig, type Plugin } from 'vite'

/** Smaller files fit into one packet anyway. */
const minBytes = 1024

/** Writes `x.br` and `x.gz` beside each text file `x`. The Workers asset store skips them (`public/.assetsignore`). */
function compressFiles(): Plugin {
  return {
    name: 'compress-files',
    apply: 'build',
    writeBundle({ dir }) {
      for (const name of readdirSync(dir!, { recursive: true, encoding: 'utf8' })) {
        const file = join(dir!, name)
        if (!/\.(?:css|html|js|json|svg)$/.test(name)) continue
        const bytes = readFileSync(file)
        if (bytes.length < minBytes) continue
        writeFileSync(`${file}.br`, brotliCompressSync(bytes))
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

/**
 * The page names its files from the root of the site, since it is served at every path; everything else names them
 * relative to itself, so that `mayday site` can move the whole into any folder.
 */
function absolutePage(): Plugin {
  return {
    name: 'absolute-page',
    apply: 'build',
    transformIndexHtml: { order: 'post', handler: (html) => html.replaceAll('="./', '="/') },
  }
}

export default defineConfig({
  base: './',
  root: import.meta.dirname,
  plugins: [preact(), absolutePage(), compressFiles()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The licenses of bundled packages require their text.
    license: { fileName: 'licenses.txt' },
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(
      ['^/api/.', '/aggregates', '/search-data', '/symbols/'].map((path) => [path, 'http://localhost:8787']),
    ),
  },
})
