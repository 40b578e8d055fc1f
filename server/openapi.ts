import { z } from 'zod';
import { errorBodySchema } from '../contract/errors.js';
import { methods } from '../contract/methods.js';
import { type Route, schemasOf } from './routes.js';

type JsonObject = Record<string, unknown>;

export interface ExtraRoute {
  readonly verb: string;
  readonly path: string;
  readonly summary: string;
  readonly answer: string;
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject;
  return rest;
}

const templated = (path: string): string => path.replace(/:([A-Za-z]+)/g, '{$1}');

const success = (schema: z.ZodType): JsonObject => ({
  allOf: [{ type: 'object', properties: { success: { const: true } }, required: ['success'] }, jsonSchema(schema, 'output')],
});

function operation(route: Route): JsonObject {
  const { path, rest } = schemasOf(route);
  const pathNames = Object.fromEntries(Object.entries(route.pathFields).map(([name, field]) => [field, name]));
  const parameters = [
    ...Object.entries(path.shape).map(([field, schema]) => ({ name: pathNames[field], in: 'path', required: true, schema: jsonSchema(schema, 'input') })),
    ...(route.verb === 'GET'
      ? Object.entries(rest.shape).map(([name, schema]) => ({
          name,
          in: 'query',
          required: !schema.safeParse(undefined).success,
          schema: jsonSchema(schema, 'input'),
        }))
      : []),
  ];
  return {
    summary: route.summary,
    operationId: `${route.verb.toLowerCase()}${route.path.replace(/[^A-Za-z]+([A-Za-z])/g, (_, letter: string) => letter.toUpperCase())}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.verb !== 'GET' && route.verb !== 'DELETE'
      ? { requestBody: { required: !rest.safeParse({}).success, content: { 'application/json': { schema: jsonSchema(rest, 'input') } } } }
      : {}),
    responses: {
      '2XX': { description: 'accepted or done', content: { 'application/json': { schema: success(methods[route.method].result) } } },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

/** The OpenAPI 3.1 description of everything this listener serves, made from the schemas the door parses with. */
export function openApi(routes: readonly Route[], extras: readonly ExtraRoute[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const add = (path: string, verb: string, entry: JsonObject): void => {
    const at = templated(path);
    paths[at] = { ...paths[at], [verb.toLowerCase()]: entry };
  };
  for (const route of routes) add(route.path, route.verb, operation(route));
  for (const extra of extras)
    add(extra.path, extra.verb, {
      summary: extra.summary,
      responses: { '2XX': { description: extra.answer }, default: { $ref: '#/components/responses/Error' } },
    });
  return {
    openapi: '3.1.0',
    info: { title: 'Roost', version, description: 'The loopback API of a Roost host. The token and the address are in control.json of the data directory.' },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: {
        Error: {
          description: 'what came and what is wanted',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { success: { const: false }, error: jsonSchema(errorBodySchema, 'output') },
                required: ['success', 'error'],
              },
            },
          },
        },
      },
    },
  };
}
