// Dockerfile, compose.yaml, Kubernetes manifests and the systemd unit: what they name exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { createProgram } from '../../batch/program.ts'
import { createApp } from '../../edge/app.ts'
import { readConfig } from '../../edge/config.ts'
import manifest from '../../package.json' with { type: 'json' }
import { isSetting } from '../../shared/settings.ts'
import { bucketNames } from '../../shared/storage/storage.ts'
import { createTestEdge } from '../edge/edge.support.ts'
import { execForm, type Instruction, isInContext, readDockerfile } from '../support/dockerfile.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const { port: defaultPort } = readConfig({})
const routes = new Set(createApp(createTestEdge().deps).routes.map(({ path }) => path))

/** Parses a command line of mayday as the program does, without running it. */
async function checkCommand([name, ...args]: string[]): Promise<void> {
  const program = await createProgram(name)
  const command = program.commands.find((one) => one.name() === name)
  expect(command, name).toBeDefined()
  const { unknown, operands } = command!.parseOptions(args)
  expect({ unknown, operands }).toEqual({ unknown: [], operands: [] })
}

// biome-ignore lint/suspicious/noExplicitAny: documents of other programs
type Document = any

describe('the image', () => {
  const instructions = readDockerfile()
  const all = (name: string) => instructions.filter((one) => one.name === name)
  const only = (name: string): Instruction => {
    expect(all(name)).toHaveLength(1)
    return all(name)[0]!
  }
  const copied = all('COPY')
    .filter(({ text }) => !text.startsWith('--from'))
    .flatMap(({ text }) => text.split(' ').slice(0, -1))

  test('copies files that exist and that .dockerignore lets in', () => {
    expect(copied.length).toBeGreaterThan(5)
    expect(copied.filter((path) => !existsSync(join(root, path)) || !isInContext(path))).toEqual([])
  })

  test('gets no secrets, no packages and no data from the folder in which it is built', () => {
    const private_ = [
      '.git/config',
      'mayday.env',
      'data/crashes/raw/x',
      'node_modules/a',
      'batch/node_modules/a',
    ]
    expect(private_.filter(isInContext)).toEqual([])
  })

  test('builds with files that are copied', () => {
    const programs = all('RUN').flatMap(({ text }) =>
      [...text.matchAll(/\bnode (\S+\.ts)/g)].map((m) => m[1]!),
    )
    expect(programs).toEqual(['deploy/package/build.ts'])
    const isCopied = (path: string) => copied.some((one) => path === one || path.startsWith(`${one}/`))
    const inputs = [...programs, 'dashboard/vite.config.ts', 'wrangler.toml', 'tsconfig.json', 'docs/sql.md']
    expect(inputs.filter((path) => !isCopied(path))).toEqual([])
  })

  test('runs mayday, which it installs, as a user that is not root', async () => {
    expect(execForm(only('ENTRYPOINT'))).toEqual(['mayday'])
    expect(
      all('RUN').some(({ text }) => text.includes(`/${manifest.bin.mayday} /usr/local/bin/mayday`)),
    ).toBe(true)
    expect(only('USER').text).toBe('node')
    await checkCommand(execForm(only('CMD')))
  })

  test('listens on the default port, and checks a path of the edge', () => {
    expect(only('EXPOSE').text).toBe(String(defaultPort))
    const check = execForm(only('HEALTHCHECK')).join(' ')
    expect(check).toContain(`process.env.PORT || ${defaultPort}`)
    expect(routes).toContain(/\}(\/__\w+__)`/.exec(check)![1])
  })

  test('writes only to its volumes, which belong to its user', () => {
    const volumes = execForm(only('VOLUME'))
    const folders = only('ENV')
      .text.split(' ')
      .map((pair) => pair.split('=') as [string, string])
    expect(folders.map(([name]) => name)).toEqual(['MAYDAY_CACHE', 'XDG_CACHE_HOME', 'TMPDIR'])
    expect(folders.every(([, path]) => volumes.some((one) => `${path}/`.startsWith(`${one}/`)))).toBe(true)
    const made = all('RUN').find(({ text }) => text.includes('install -d -o node'))!.text
    expect(volumes.every((volume) => made.includes(` ${volume}`))).toBe(true)
    // The default store of the folder in which it starts.
    expect(volumes).toContain(
      resolve(all('WORKDIR').at(-1)!.text, readConfig({}).store.slice('file:'.length)),
    )
  })
})

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('compose.yaml')) as Document
  const { mayday, store } = services

  test('runs a command that exists, with settings that exist', async () => {
    await checkCommand(mayday.command)
    expect(Object.keys(mayday.environment).filter((name) => !isSetting(name))).toEqual([])
    expect(existsSync(join(root, mayday.build, 'Dockerfile'))).toBe(true)
  })

  test('publishes the default port on this machine only', () => {
    expect(mayday.ports).toEqual([`127.0.0.1:${defaultPort}:${defaultPort}`])
  })

  test('hardens the container, and mounts only volumes that it declares', () => {
    expect(mayday).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    const mounted = Object.values<Document>(services).flatMap(({ volumes = [] }) =>
      volumes.map((mount: string) => mount.split(':')[0]),
    )
    expect(mounted.sort()).toEqual(Object.keys(volumes).sort())
    const places = execForm(readDockerfile().find(({ name }) => name === 'VOLUME')!)
    expect(places).toContain(mayday.volumes[0].split(':')[1])
  })

  test('starts after a store that has the buckets, at the address of the store', () => {
    expect(Object.keys(mayday.depends_on)).toEqual(['store'])
    expect(store.healthcheck.test).toBeDefined()
    const url = new URL(mayday.environment.MAYDAY_STORE.replace(/^s3:/, ''))
    expect(url.hostname).toBe('store')
    expect(store.healthcheck.test.at(-1)).toContain(`:${url.port}/`)
    const buckets = store.command.at(-1).replace('-bucket=', '').split(',')
    expect(buckets.sort()).toEqual(bucketNames.map((name) => `mayday-${name}`).sort())
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
      expect(store.environment[name]).toBe(mayday.environment[name])
  })
})

describe('the Kubernetes manifests', () => {
  const folder = 'deploy/kubernetes'
  const files = readdirSync(join(root, folder))
  const documents: Document[] = files.flatMap((file) =>
    parseAllDocuments(read(join(folder, file))).map((document) => {
      expect(document.errors, file).toEqual([])
      return document.toJS()
    }),
  )
  const ofKind = (kind: string) => documents.filter((one) => one.kind === kind)
  const pods: [string, Document][] = [
    ...ofKind('Deployment').map((one): [string, Document] => [one.metadata.name, one.spec.template]),
    ...ofKind('CronJob').map((one): [string, Document] => [
      one.metadata.name,
      one.spec.jobTemplate.spec.template,
    ]),
  ]
  const configMaps = new Map(ofKind('ConfigMap').map((one) => [one.metadata.name, one.data]))
  const [service] = ofKind('Service')

  test('are found', () => {
    expect(pods.map(([name]) => name)).toEqual(['mayday', 'mayday-process', 'mayday-round'])
    expect(service).toBeDefined()
  })

  test.each(pods)('%s runs a command that exists, with settings that exist', async (_name, pod) => {
    const [container] = pod.spec.containers
    await checkCommand(container.args)
    const references = container.envFrom.map((one: Document) => one.configMapRef?.name ?? one.secretRef.name)
    expect(references).toEqual(['mayday', 'mayday'])
    const names = [
      ...Object.keys(configMaps.get('mayday')),
      ...(container.env ?? []).map((one: Document) => one.name),
    ]
    expect(names.filter((name) => !isSetting(name))).toEqual([])
  })

  test.each(pods)('%s is hardened, and writes only to a volume of the image', (_name, pod) => {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000 },
    })
    const [container] = pod.spec.containers
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const places = execForm(readDockerfile().find(({ name }) => name === 'VOLUME')!)
    expect(container.volumeMounts.every((one: Document) => places.includes(one.mountPath))).toBe(true)
    const mounted = container.volumeMounts.map((one: Document) => one.name)
    expect(mounted).toEqual(pod.spec.volumes.map((one: Document) => one.name))
  })

  test.each(pods)('%s has the version of the project, and limits', (_name, pod) => {
    const [container] = pod.spec.containers
    expect(container.image).toBe(`registry.example.org/mayday:${manifest.version}`)
    expect(container.resources.limits.memory).toBeDefined()
    const [{ newTag }] = ofKind('Kustomization')[0].images
    expect(newTag).toBe(manifest.version)
  })

  test('probe paths and ports that the edge has', () => {
    const [container] = ofKind('Deployment')[0].spec.template.spec.containers
    expect(container.ports).toEqual([{ name: 'http', containerPort: defaultPort }])
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(routes).toContain(container[probe].httpGet.path)
      expect(container[probe].httpGet.port).toBe('http')
    }
  })

  test('select the pods and services that they mean', () => {
    const [deployment] = ofKind('Deployment')
    const { labels } = deployment.spec.template.metadata
    expect(labels).toMatchObject(deployment.spec.selector.matchLabels)
    expect(labels).toMatchObject(service.spec.selector)
    // Jobs do not serve.
    for (const [name, pod] of pods.slice(1))
      expect(pod.metadata.labels, name).not.toMatchObject(service.spec.selector)
    const [monitor] = ofKind('ServiceMonitor')
    expect(service.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels)
    const [endpoint] = monitor.spec.endpoints
    expect(service.spec.ports.map((one: Document) => one.name)).toContain(endpoint.port)
    expect(routes).toContain(endpoint.path)
    expect(isSetting(endpoint.authorization.credentials.key)).toBe(true)
  })

  test('distribute crashes to as many shards as there are pods', () => {
    const { completions, parallelism, completionMode, template } = ofKind('CronJob')[0].spec.jobTemplate.spec
    const shards = template.spec.containers[0].env.find((one: Document) => one.name === 'MAYDAY_SHARDS').value
    expect([completions, parallelism, completionMode]).toEqual([Number(shards), Number(shards), 'Indexed'])
  })

  test('kustomize what exists', () => {
    const { resources } = ofKind('Kustomization')[0]
    expect(resources.filter((file: string) => !files.includes(file))).toEqual([])
  })
})

describe('the systemd unit', () => {
  const lines = read('deploy/mayday.service').split('\n')
  const valuesOf = (key: string) =>
    lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))

  test('runs a command that exists, as a user that is not root', async () => {
    const [start] = valuesOf('ExecStart')
    await checkCommand(start!.replace('/usr/bin/env mayday ', '').split(' '))
    expect(valuesOf('DynamicUser')).toEqual(['yes'])
  })

  test('keeps data and caches in folders that it owns', () => {
    expect(valuesOf('WorkingDirectory')).toEqual([`/var/lib/${valuesOf('StateDirectory')[0]}`])
    const [variables] = valuesOf('Environment')
    for (const variable of variables!.split(' '))
      expect(variable).toMatch(new RegExp(`=/var/cache/${valuesOf('CacheDirectory')[0]}$`))
  })
})
