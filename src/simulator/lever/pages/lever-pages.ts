// All pages of the simulated Lever.
import type { FastifyPluginCallback } from 'fastify';
import { pages } from '../../pages/add-pages.js';
import type { LeverWorld } from '../lever-world.js';
import { authorizePages } from './authorize-page.js';
import { boardPages } from './board-page.js';
import { boardScript } from './board-script.js';
import { candidateActions } from './candidate-actions.js';
import { candidatePages } from './candidate-page.js';
import { postingsPages } from './postings-page.js';
import { settingsPages } from './settings-page.js';

const menu = [
  { href: '/', label: 'Candidates' },
  { href: '/postings', label: 'Postings' },
  { href: '/settings/integrations?tab=webhooks', label: 'Settings' },
];

export function leverPages(world: LeverWorld): FastifyPluginCallback {
  const routes = [
    ...authorizePages,
    ...boardPages,
    ...candidatePages,
    ...candidateActions,
    ...postingsPages,
    ...settingsPages,
  ];
  const script = '/_pages/board.js';
  const scripts = { [script]: boardScript };
  return pages({ world, frame: { vendor: 'Lever', menu, script }, routes, scripts });
}
