// The declarations as an OpenAPI document: https://spec.openapis.org/oas/v3.1.1.html
import { permissions } from '../access/permissions.ts'
import type { Endpoint, Parameter } from './endpoint.ts'
import { apiPath, endpoints } from './endpoints.ts'

const schemas: Readonly<Record<Parameter['kind'], object>> = {
  text: { type: 'string' },
  texts: { type: 'array', items: { type: 'string' } },
  integer: { type: 'integer' },
  integers: { type: 'array', items: { type: 'integer' } },
}

const jsonContent = (schema: object) => ({ 'application/json': { schema } })

/** The document of `/api/openapi.json`. */
export function openApi(): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Mayday',
      version: '1',
      description:
        'Crashes, searches and signatures, with the interface of Crash Stats. Send a token as `Auth-Token` or `Authorization: Bearer`; without one, answers have public data.',
    },
    components: {
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'Auth-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    paths: Object.fromEntries(
      endpoints.map((endpoint: Endpoint & { name: (typeof endpoints)[number]['name'] }) => [
        apiPath(endpoint.name),
        Object.fromEntries(
          endpoint.methods.map((method) => [method.toLowerCase(), operation(endpoint, method)]),
        ),
      ]),
    ),
  }
}

function operation(endpoint: Endpoint, method: 'GET' | 'POST'): object {
  const { name, description, permission, result, parameters, search } = endpoint
  const isForm = method === 'POST'
  const query = Object.entries(parameters).map(([parameter, { kind, required = false, description }]) => ({
    ...{ name: parameter, in: 'query', required, description, schema: schemas[kind] },
    ...(kind.endsWith('s') && { style: 'form', explode: true }),
  }))
  const fields = {
    name: 'fields',
    in: 'query',
    description: 'Filters by field and options of searches: see docs/api.md',
    schema: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
    style: 'form',
    explode: true,
  }
  return {
    operationId: isForm && endpoint.methods.length > 1 ? `post${name}` : name,
    description,
    security: permission === null ? [{}, { token: [] }, { bearer: [] }] : [{ token: [] }, { bearer: [] }],
    ...(isForm ? { requestBody: body(endpoint) } : { parameters: search ? [...query, fields] : query }),
    responses: {
      200: { description: result, content: jsonContent({}) },
      400: { description: 'A parameter is missing or wrong' },
      ...(permission !== null && { 403: { description: `The token lacks: ${permissions[permission].doc}` } }),
      429: { description: 'Too many requests from this address' },
    },
  }
}

function body({ body: json, parameters }: Endpoint): object {
  if (json !== undefined)
    return { description: json, required: true, content: jsonContent({ type: 'object' }) }
  const properties = Object.fromEntries(
    Object.entries(parameters).map(([name, { kind, description }]) => [
      name,
      { ...schemas[kind], description },
    ]),
  )
  const required = Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.required ? [name] : [],
  )
  return {
    required: true,
    content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties, required } } },
  }
}
