// Adds a vendor's pages to its server, from a table of pages and a table of what their forms do; errors become pages too.
import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { forbidden } from '../simulated-error.js';
import { html, type Html } from './html.js';
import { stylesheet } from './stylesheet.js';

export interface Page {
  title: string;
  body: Html;
  /** Narrow and without the vendor's menu. */
  isWindow?: boolean;
}

/** What an address and a form may hold; what is missing is empty. */
const noFields = {
  id: '',
  company: '',
  first: '',
  second: '',
  tab: '',
  search: '',
  archived: '',
  name: '',
  email: '',
  stageId: '',
  tags: '',
  link: '',
  value: '',
  reason: '',
  rights: '',
  url: '',
  event: '',
  callback: '',
  userId: '',
  decision: '',
  role: '',
};
export type Fields = typeof noFields;
type Query = Record<string, string | string[] | undefined>;

export interface VendorPages<World> {
  vendor: 'Lever' | 'CodeSubmit';
  /** Labels by address. */
  menu: Record<string, string>;
  /** By path; a string is where the browser goes. */
  pages: Record<string, (world: World, fields: Fields, query: Query) => Page | string>;
  /** By the path that a form is sent to; returns where the browser goes, or nothing for back to the form. */
  actions: Record<string, Action<World>>;
  script?: string;
}

type Action<World> = (world: World, fields: Fields, query: Query) => unknown;

/** The parts of a text that are separated by commas: `a, b` is `['a', 'b']`. Empty ones are left out. */
export function listOf(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '');
}

/**
 * The plugin that serves a vendor's pages and forms: `given` is the table of both, `world` the account they show. Where
 * a page or an action yields a text, that is an address to which the browser goes. Faults don't apply to pages, and
 * they aren't logged.
 */
export function addPages<World>(given: VendorPages<World>, world: World): FastifyPluginCallback {
  return (scope, _options, done) => {
    addGuards(scope);
    const type = 'application/x-www-form-urlencoded';
    scope.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, parsed) => {
      parsed(null, fieldsOf(String(body)));
    });
    scope.setErrorHandler((error, _request, reply) => {
      const { status = 500, message } = error as { status?: number; message: string };
      return reply
        .code(status)
        .type(HTML)
        .send(documentOf(given, errorPage(message)));
    });
    scope.get('/_pages/style.css', (_request, reply) => reply.type('text/css').send(stylesheet));
    scope.get('/_pages/script.js', (_request, reply) =>
      reply.type('text/javascript').send(given.script ?? ''),
    );
    for (const [path, show] of Object.entries(given.pages)) {
      scope.get(path, ({ params, query }, reply) => {
        const shown = show(
          world,
          { ...noFields, ...(query as Fields), ...(params as Fields) },
          query as Query,
        );
        if (typeof shown === 'string') return reply.redirect(shown, 303);
        return reply.type(HTML).send(documentOf(given, shown));
      });
    }
    for (const [path, act] of Object.entries(given.actions)) {
      scope.post(path, async ({ params, query, body, headers }, reply) => {
        const fields = { ...noFields, ...(body as Fields), ...(params as Fields) };
        const next = await act(world, fields, query as Query);
        return reply.redirect(typeof next === 'string' ? next : (headers.referer ?? '/'), 303);
      });
    }
    done();
  };
}

const HTML = 'text/html; charset=utf-8';

/** A form's fields by name. The checked boxes of one name are joined by commas. */
function fieldsOf(body: string): Record<string, string> {
  const given = new URLSearchParams(body);
  const names = [...new Set(given.keys())];
  return Object.fromEntries(names.map((name) => [name, given.getAll(name).join(',')]));
}

/** Refuses forms that another site sent, and lets pages run no script but ours. */
function addGuards(scope: FastifyInstance): void {
  scope.addHook('onRequest', async ({ method, headers }, reply) => {
    reply.headers({
      'content-security-policy':
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    });
    const isOwn = headers.origin === undefined || headers.origin === `http://${headers.host}`;
    if (method === 'POST' && !isOwn) throw forbidden('This form came from another site');
  });
}

/** The page for a form or page that failed. */
function errorPage(message: string): Page {
  const body = html`<section class="box">
    <h1>That didn’t work</h1>
    <p class="error" data-testid="error">${message}</p>
  </section>`;
  return { title: 'That didn’t work', body, isWindow: true };
}

/** The whole HTML document around a page: the vendor's style and script, and its menu unless the page is a window. */
function documentOf<World>({ vendor, menu, script }: VendorPages<World>, page: Page): string {
  const links = Object.entries(menu).map(([to, label]) => html`<a href="${to}">${label}</a>`);
  const brand = html`<a class="brand" href="/">${vendor} <small>simulated</small></a>`;
  return html`<!doctype html>
    <html lang="en" class="${vendor.toLowerCase()}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} · ${vendor} (simulated)</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/_pages/style.css" />
        ${script && html`<script src="/_pages/script.js" defer></script>`}
      </head>
      <body class="${page.isWindow ? 'window' : ''}">
        ${
          page.isWindow
            ? brand
            : html`<header class="bar">
                ${brand}
                <nav>${links}</nav>
              </header>`
        }
        <main>${page.body}</main>
      </body>
    </html>`.text;
}
