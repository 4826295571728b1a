// Lever's routes for the account's parts: stages, tags, users, contacts, archive reasons.
import { pageOf } from './lever-page.js';
import { idOf, laterFields, type LeverCall, type LeverRoute } from './lever-route.js';
import type { LeverWorld } from './lever-world.js';
import { showContact } from './opportunity-view.js';

export const accountRoutes: LeverRoute[] = [
  {
    method: 'GET',
    path: '/stages',
    right: 'stages:read',
    answer: (call) => listing(call, listedStages(call.world)),
  },
  {
    method: 'GET',
    path: '/tags',
    right: 'tags:read',
    answer: (call) => listing(call, tagsInUse(call.world)),
  },
  {
    method: 'GET',
    path: '/users',
    right: 'users:read',
    answer: (call) => listing(call, call.world.account.users),
  },
  {
    method: 'GET',
    path: '/archive_reasons',
    right: 'archive_reasons:read',
    answer: (call) => listing(call, call.world.account.archiveReasons),
  },
  {
    method: 'GET',
    path: '/contacts/:id',
    right: 'contacts:read',
    answer: (call) => ({
      body: { data: showContact(call.world.opportunities.getContact(idOf(call))) },
    }),
  },
];

function listing({ query }: LeverCall, rows: object[]) {
  const show = (row: object) => ({ ...row, ...laterFields });
  return { body: pageOf(rows, query, (_row, index) => index, show) };
}

function listedStages({ account, switches }: LeverWorld) {
  const isListed = switches.deactivatedStages === 'listed';
  return account.stages
    .filter(({ isActive }) => isActive || isListed)
    .map(({ id, text }) => ({ id, text }));
}

/** Tags on at least one opportunity or posting, each with the number of opportunities. */
function tagsInUse(world: LeverWorld): { text: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const posting of world.postings.all.values()) {
    for (const tag of posting.tags) counts.set(tag, 0);
  }
  for (const opportunity of world.opportunities.all.values()) {
    for (const tag of world.tagsOf(opportunity)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count }));
}
