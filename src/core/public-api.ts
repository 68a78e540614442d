/** What a line of a file declares to the outside: a route, a path of OpenAPI, a field of a message, a type of GraphQL. */

/** What the lines declare, in one spelling whatever the white space. */
export function declared(path: string, lines: readonly string[]): readonly string[] {
  const reader = readerOf(path);
  return [...new Set(lines.flatMap((line) => reader(line) ?? []))];
}

/** The file is the contract; of code only the lines that declare routes are. */
export const isContract = (path: string): boolean => CONTRACT.some(([ending]) => ending.test(path));

type Reader = (line: string) => string | undefined;
const tidy = (text: string): string => text.replace(/\s+/g, ' ').trim();

const PROTO =
  /^\s*((?:rpc|message|service|enum)\s+\w+|(?:(?:repeated|optional|required)\s+)?(?:[\w.]+\s+|map\s*<[^>]{1,200}>\s*)\w+\s*=\s*\d+|\w+\s*=\s*\d+)\s*[;[({]/;
const proto: Reader = (line) => {
  const found = PROTO.exec(line)?.[1];
  return found === undefined ? undefined : tidy(found);
};

const GRAPHQL = /^\s*(?:extend\s+)?((?:type|input|interface|enum|union|scalar)\s+\w+|\w+\s*(?:\([^)]{0,500}\))?\s*:\s*[\w![\]]+|[A-Z][A-Z0-9_]*\s*$)/;
const graphql: Reader = (line) => {
  const found = GRAPHQL.exec(line)?.[1];
  return found === undefined ? undefined : tidy(found);
};

// Words of the format itself, and what is said to readers only.
const OPENAPI_WORDS =
  /^(?:openapi|swagger|info|title|version|description|summary|example|examples|contact|license|email|externalDocs|tags|servers|url|paths|components|schemas|schema|properties|items|type|format|nullable|default|enum|required|responses|content|parameters|requestBody|in|name|operationId|security|securitySchemes|definitions|allOf|oneOf|anyOf|minimum|maximum|minLength|maxLength|pattern|readOnly|deprecated|headers|host|basePath|schemes|consumes|produces|\$ref|x-.*|\d{3}|[a-z]+\/[\w.+*-]+)$/;
const openapi: Reader = (line) => {
  const key = /^[\s-]*["']?([^"':#\s][^"':\s]*)["']?\s*:/.exec(line)?.[1];
  return key === undefined || OPENAPI_WORDS.test(key) ? undefined : key;
};

/** A folder of the framework is the address; the file exports the verbs. */
const exported: Reader = (line) => /^\s*export\s+(?:default\s+)?(?:async\s+)?(?:function|const)\s+(\w+)/.exec(line)?.[1];

const CONTRACT: readonly (readonly [RegExp, Reader])[] = [
  [/\.proto$/, proto],
  [/\.(?:graphqls?|gql)$/, graphql],
  [/\.(?:ya?ml|json|raml|wsdl)$/, openapi],
  [/(?:^|\/)pages\/api\/|(?:^|\/)app\/(?:.*\/)?route\.[jt]s$/, exported],
];
const readerOf = (path: string): Reader => CONTRACT.find(([ending]) => ending.test(path))?.[1] ?? route;

const VERBS = 'get|post|put|patch|delete|head|options|all|any|route|GET|POST|PUT|PATCH|DELETE|Any|Get|Post|Put|Patch|Delete|MethodFunc|Handle|HandleFunc';
// A cache and an HTTP client have a `get` too: only names that routers go by, and only addresses.
const ROUTERS = 'app|api|server|fastify|hono|mux|router|routes|r|e|g|v\\d|bp|blueprint|http|\\w*(?:[Rr]outer|[Rr]outes|[Gg]roup|_bp)';
const ROUTES: readonly RegExp[] = [
  // Express, Fastify, Hono, Flask, FastAPI, Gin, Echo, chi, net/http
  new RegExp(`(?:^|\\W)(?:${ROUTERS})\\.(${VERBS})\\(\\s*["'\`]((?:[A-Z]+ )?/[^"'\`\\s]*)["'\`]`),
  // Laravel, Slim
  /\bRoute::(\w+)\(\s*["']([^"']+)["']/,
  // Rails, Phoenix, Sinatra
  /^\s*(get|post|put|patch|delete|match|resources?|mount)\s+["':]([\w/:.*(){}-]+)/,
  // Django
  /^\s*(path|re_path|url)\(\s*r?["']([^"']*)["']/,
  // Spring, JAX-RS, NestJS, ASP.NET
  /^\s*[@[](\w*Mapping|Path|Get|Post|Put|Patch|Delete|Controller|HttpGet|HttpPost|HttpPut|HttpDelete|Route)\(\s*(?:(?:value|path)\s*=\s*)?["']([^"']*)["']/,
];
const route: Reader = (line) => {
  if (/^\s*(?:\/\/|#|\*|\/\*)/.test(line)) return undefined;
  for (const pattern of ROUTES) {
    const found = pattern.exec(line);
    if (found !== null) return `${found[1]} ${found[2]}`;
  }
  return undefined;
};
