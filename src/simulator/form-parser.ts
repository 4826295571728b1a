// Parses HTML form bodies; a repeated field becomes a list.
import type { FastifyInstance } from 'fastify';

export function addFormParser(scope: FastifyInstance): void {
  const type = 'application/x-www-form-urlencoded';
  scope.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => {
    done(null, fieldsIn(String(body)));
  });
}

function fieldsIn(body: string): Record<string, string | string[]> {
  const given = new URLSearchParams(body);
  const fields = [...new Set(given.keys())].map((name) => {
    const values = given.getAll(name);
    return [name, values.length > 1 ? values : (values[0] ?? '')] as const;
  });
  return Object.fromEntries(fields);
}
