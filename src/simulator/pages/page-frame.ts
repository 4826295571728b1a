// The document around every page: title, menu, stylesheet.
import { html } from './html.js';
import type { Page } from './page-route.js';

export interface Frame {
  vendor: 'Lever' | 'CodeSubmit';
  menu: { href: string; label: string }[];
  /** A script for every page, by path. */
  script?: string;
}

export function documentOf({ vendor, menu, script }: Frame, page: Page): string {
  const links = menu.map(({ href, label }) => html`<a href="${href}">${label}</a>`);
  const header = html`<header class="bar">
    <a class="brand" href="/">${vendor} <small>simulated</small></a>
    <nav aria-label="Pages">${links}</nav>
  </header>`;
  const shape = page.shape ?? 'wide';
  return html`<!doctype html>
    <html lang="en" class="${vendor.toLowerCase()}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} · ${vendor} (simulated)</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/_pages/style.css" />
        ${script ? html`<script src="${script}" defer></script>` : null}
      </head>
      <body class="${shape}">
        ${shape === 'wide' ? header : html`<p class="brand">${vendor} <small>simulated</small></p>`}
        <main>${page.body}</main>
      </body>
    </html>`.text;
}
