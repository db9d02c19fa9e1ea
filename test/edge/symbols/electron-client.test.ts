// Electron's symbolicate-mac, unchanged, with this symbol server in place of Electron's.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { parseFilePath } from '../../../shared/symbol-store/file-path.ts'
import { storeFile } from '../../../shared/symbol-store/store-file.ts'
import { openSymbolEdge } from '../../contract/symbol-edge.ts'

const id = '4C4C441655553144A14DDE8DD5C37E80'
const name = 'Electron Framework'
const symbols = `MODULE mac arm64 ${id}0 ${name}\nFUNC 1000 100 0 content::ContentMain(int)\n1000 100 7 0\nFUNC 2000 10 0 v8::Isolate::Enter()\n`
const crash = `Thread 0 Crashed:
0   com.github.Electron.framework 	0x000000010c831008 0x10c830000 + 4104
1   com.github.Electron.framework 	0x000000010c832004 0x10c830000 + 8196
2   com.github.Missing            	0x0000000200001000 0x200000000 + 4096

Binary Images:
       0x10c830000 -        0x11583ffff com.github.Electron.framework (*) <4c4c4416-5555-3144-a14d-de8dd5c37e80> /Applications/A.app/Contents/Frameworks/Electron Framework
       0x200000000 -        0x20000ffff com.github.Missing (*) <4c4c4416-5555-3144-a14d-de8dd5c37e81> /Applications/A.app/Contents/Frameworks/Missing
`

async function* once(text: string) {
  yield new TextEncoder().encode(text)
}

test('names the frames of an Electron crash on macOS, and leaves those without symbols', async () => {
  const edge = await openSymbolEdge()
  const path = parseFilePath(`${name}/${id}0/${name}.sym`)!
  const file = { path, isTry: false, content: once(symbols), maxBytes: 1e6 }
  await storeFile(file, { symbols: edge.symbols, codecs: nodeCodecs })
  const server = createServer(async (incoming, response) => {
    const answer = await edge.fetch(new Request(`http://localhost${incoming.url}`))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  const folder = mkdtempSync(join(tmpdir(), 'mayday-electron-'))
  try {
    // It keeps a cache next to itself, and its servers are part of it.
    cpSync(resolve('node_modules/@electron/symbolicate-mac'), join(folder, 'client'), { recursive: true })
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(resolve('node_modules/@indutny'), join(folder, 'node_modules/@indutny'))
    writeFileSync(join(folder, 'crash.txt'), crash)
    const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}/symbols`
    writeFileSync(
      join(folder, 'servers.mjs'),
      `const real = fetch; globalThis.fetch = (url, init) => real(url.replace(/^https:\\/\\/symbols\\.[a-z]+\\.(org|com)(\\/try)?/, '${to}'), init)`,
    )
    const args = [
      '--import',
      join(folder, 'servers.mjs'),
      join(folder, 'client/index.js'),
      join(folder, 'crash.txt'),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(stdout).toMatch(/^0 .*content::ContentMain\(int\)/m)
    expect(stdout).toMatch(/^1 .*v8::Isolate::Enter\(\)/m)
    expect(stdout).toMatch(/^2 .*0x200000000 \+ 4096$/m)
  } finally {
    await new Promise((resume) => server.close(resume))
    rmSync(folder, { recursive: true, force: true })
  }
})
