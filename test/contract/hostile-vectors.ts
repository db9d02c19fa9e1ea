// Names that objects inherit, sent in every part of a request: nothing fails, leaks or is lost.
import { deepStrictEqual as equal, doesNotMatch, ok } from 'node:assert/strict'
import {
  F,
  J,
  multipart,
  type PartSpec,
  type SubmitOptions,
  submitRequest,
  T,
} from '../support/crash-request.ts'
import { envelope } from '../support/sentry-clients.ts'
import { hostileNames, leakedCode } from './hostile-names.ts'
import { accept, answer, type EdgeUnderTest, type Vector, vector } from './vector.ts'

const main = F('upload_file_minidump')
const origin = 'http://localhost'
const anId = 'de1bb258-cbbf-4589-a673-34f800160918'

/** Expects a response that is not a server error and does not reveal code. */
async function ask(edge: EdgeUnderTest, request: Request, what: string) {
  const { status, text, headers } = await edge.ask(request)
  ok(status < 500, `${what}: ${status} ${text}`)
  doesNotMatch(text + JSON.stringify([...headers]), leakedCode)
  return { status, text }
}

const submit = (edge: EdgeUnderTest, parts: readonly PartSpec[], what: string, options?: SubmitOptions) =>
  ask(edge, submitRequest(multipart(parts), options), what)

const own = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? Object.entries(object).find(([key]) => key === name)![1] : undefined

const headerNames = [
  'accept',
  'accept-encoding',
  'authorization',
  'content-encoding',
  'content-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'origin',
  'range',
  'referer',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-sentry-auth',
]
const productNames = [
  ['ProductName', 'Version'],
  ['prod', 'ver'],
  ['product', 'version'],
  ['_productName', '_version'],
] as const
const platformNames = ['platform', 'plat', 'OS', 'Android_CPU_ABI', 'Android_Version', 'CPUArchitecture']
const processNames = ['ProcessType', 'ptype', 'process_type', 'ReleaseChannel', 'channel', 'BuildID']

const headerVector = (name: string): Vector =>
  vector(`${name} as every header`, async (open) => {
    const edge = await open()
    for (const header of [...headerNames, name]) {
      const headers = { [header]: name }
      const options = header === 'content-type' ? { contentType: name } : { headers }
      const { status, text } = await submit(edge, [T('a', header), main], header, options)
      if (header === 'content-encoding') equal([status, text], answer('unknown_encoding'))
      if (header === 'content-type') equal([status, text], answer('wrong_content_type'))
      for (const path of [`/api/report/${anId}`, '/aggregates/v4/home.json', '/__version__', '/']) {
        await ask(edge, new Request(origin + path, { headers }), `${header} to ${path}`)
      }
    }
    const contentType = `multipart/form-data; ${name}=${name}; boundary=${name}`
    const body = multipart([T('a', '1'), main], { boundary: name })
    equal((await ask(edge, submitRequest(body, { contentType }), 'boundary')).status, 200)
  })

const pathVector = (name: string): Vector =>
  vector(`${name} in every path and query`, async (open) => {
    const edge = await open()
    const paths = [
      `/${name}`,
      `/${name}?${name}=${name}`,
      `/api/${name}`,
      `/api/report/${name}`,
      `/api/report/bp-${name}?${name}`,
      `/aggregates/${name}`,
      `/aggregates/v4/${name}.json`,
      `/aggregates/v4/top-crashers/${name}/7.json`,
      `/assets/index.${name}`,
      `/symbols/${name}`,
      `/__${name}__`,
      `/submit/${name}`,
    ]
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST']) {
      for (const path of paths) await ask(edge, new Request(origin + path, { method }), `${method} ${path}`)
    }
  })

const formVector = (name: string): Vector =>
  vector(`${name} as every part of a form`, async (open) => {
    const parts = [
      T('ProductName', 'App'),
      T(name, name),
      T(`${name}__1`, 'split'),
      T('charset', 'x', `text/plain; charset=${name}; ${name}=${name}`),
      F(name, name, `application/${name}`, name),
      F('attachment', 'x', name, `${name}.${name}`),
      main,
    ]
    const { rawCrash, dumps } = await accept(await open(), multipart(parts))
    equal(own(rawCrash, name), name)
    equal(Object.getPrototypeOf(rawCrash), Object.prototype)
    equal(Object.hasOwn(rawCrash.metadata.dump_checksums ?? {}, name), true)
    const file = dumps.find((dump) => dump.name === name)
    equal(new TextDecoder().decode(file?.bytes), name)
    doesNotMatch(JSON.stringify(rawCrash), leakedCode)
  })

const jsonVector = (name: string): Vector =>
  vector(`${name} as every key and value of JSON`, async (open) => {
    const nested = JSON.parse(`{"${name}":{"${name}":["${name}",{"${name}":null}]}}`)
    const json = `{"ProductName":"App","${name}":"${name}","nested":${JSON.stringify(nested)}}`
    const { rawCrash } = await accept(await open(), multipart([J(json), main]))
    equal(own(rawCrash, name), name)
    equal(JSON.stringify(own(rawCrash, 'nested')), JSON.stringify(nested))
    equal(Object.getPrototypeOf(rawCrash), Object.prototype)
  })

const identityVector = (name: string): Vector =>
  vector(`${name} as product, version, channel and platform, accepted and rejected`, async (open) => {
    const rest = [...platformNames, ...processNames].map((key) => T(key, name))
    const accepting = await open()
    for (const [product, version] of productNames) {
      const parts = [T(product, name), T(version, name), ...rest, main]
      const { rawCrash } = await accept(accepting, multipart(parts))
      equal([rawCrash.ProductName, rawCrash.Version], [name, name])
      equal(own(rawCrash, 'platform'), name)
    }
    const rejecting = await open({ MAYDAY_POLICY: 'mozilla' })
    for (const key of platformNames) {
      const { status, text } = await submit(rejecting, [T('ProductName', name), T(key, name), main], key)
      equal([status, text], [200, 'Discarded=rule_unsupported_product'])
    }
  })

const queryVector = (name: string): Vector =>
  vector(`${name} in the query of a submission`, async (open) => {
    const edge = await open()
    const url = `${origin}/submit?${name}=${name}&product=${name}&version=${name}&channel=${name}&answer=${name}`
    equal((await submit(edge, [T('a', '1'), main], 'query', { url })).status, 200)
  })

const checkVector = (name: string): Vector =>
  vector(`${name} in a dry run`, async (open) => {
    const edge = await open()
    const parts = [T('ProductName', name), T(name, name), F(name, name, name, name), main]
    const { status, text } = await submit(edge, parts, 'check', { url: `${origin}/submit/check` })
    const { annotations, files, would } = JSON.parse(text)
    equal([status, would.status, own(annotations, name)], [200, 200, name])
    ok(files.some((file: { name: string }) => file.name === name))
  })

const sentryVector = (name: string): Vector =>
  vector(`${name} from Sentry's clients`, async (open) => {
    const edge = await open()
    const items: Parameters<typeof envelope>[1] = [
      [{ type: name, [name]: name }, name],
      [
        { type: 'event' },
        `{"${name}":"${name}","platform":"${name}","level":"${name}","contexts":{"${name}":{}}}`,
      ],
      [{ type: 'attachment', filename: name, attachment_type: 'event.minidump' }, 'MDMP-is-here'],
    ]
    const bodies = [
      [`/api/${name}/envelope/?sentry_key=${name}`, envelope({ [name]: name, event_id: name }, items), name],
      [`/api/${name}/minidump/?sentry_key=${name}`, multipart([T(name, name), main]), null],
    ] as const
    for (const [path, body, contentType] of bodies) {
      const options = { url: origin + path, ...(contentType && { contentType }) }
      await ask(edge, submitRequest(body, options), path)
    }
  })

/** All of these vectors, by name; each opens a new edge. */
export const hostileVectors: readonly Vector[] = hostileNames.flatMap((name) =>
  [
    headerVector,
    pathVector,
    formVector,
    jsonVector,
    identityVector,
    queryVector,
    checkVector,
    sentryVector,
  ].map((make) => make(name)),
)
