// All pages of the simulated CodeSubmit; opening them doesn't count as an API call.
import type { FastifyPluginCallback } from 'fastify';
import { pages } from '../../pages/add-pages.js';
import type { CodeSubmitWorld } from '../codesubmit-world.js';
import { challengePages } from './challenge-page.js';
import { challengesPages } from './challenges-page.js';
import { integrationsPages } from './integrations-page.js';

const menu = [
  { href: '/challenges', label: 'Challenges' },
  { href: '/settings/integrations', label: 'Integrations' },
];

export function codeSubmitPages(world: CodeSubmitWorld): FastifyPluginCallback {
  const routes = [...challengesPages, ...integrationsPages, ...challengePages];
  return pages({ world, frame: { vendor: 'CodeSubmit', menu }, routes });
}
