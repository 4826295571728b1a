/** Finds whom an admin means: an id, a Lever address, an e-mail address, or part of a name. */
import { AppError } from '../domain/errors.js';
import type { OpportunityId } from '../domain/ids.js';
import type { LeverClient } from '../vendors/lever/api/lever-client.js';
import type { Database } from '../storage/database/database.js';
import type { Sealer } from '../storage/home/sealer.js';
import {
  findPeopleByEmail,
  findPeopleByIds,
  findPeopleByName,
  type KnownPerson,
} from './queries/people.js';

/** Where people are known from; an address is kept as its hash. */
export interface PeopleSources {
  database: Database;
  sealer: Sealer;
}

/** Opportunities known here that `who` means, at most 50; an exact id or address comes alone. */
export function findPeople(sources: PeopleSources, who: string): KnownPerson[] {
  const byId = findPeopleByIds(sources.database, [who, ...who.split(/[/?#]/)]);
  if (byId.length > 0) return byId;
  if (who.includes('@')) return findByEmail(sources, who);
  return findPeopleByName(sources.database, who);
}

/** The last part of a Lever address, or the word itself: what may be an opportunity's id. */
export function idIn(who: string): OpportunityId | undefined {
  const parts =
    who
      .split(/[?#]/)[0]
      ?.split('/')
      .filter((part) => part !== '') ?? [];
  const last = parts.at(-1);
  return last !== undefined && /^[0-9A-Za-z-]{8,64}$/.test(last)
    ? (last as OpportunityId)
    : undefined;
}

function findByEmail(sources: PeopleSources, email: string): KnownPerson[] {
  const [hash, former = hash] = sources.sealer.hashesOf(email) as [Buffer, Buffer?];
  return findPeopleByEmail(sources.database, { hash, former });
}

/**
 * The one opportunity that an admin means; somebody unknown here is looked for in Lever, by id, address or e-mail.
 * Throws `usage` naming them when several are meant, `not_found` when nobody is, and `ApiError`.
 */
export async function getOne(
  sources: PeopleSources,
  who: string,
  lever: () => Pick<LeverClient, 'listByEmail'>,
): Promise<OpportunityId> {
  const known = findPeople(sources, who);
  if (known.length > 0) return onlyOne(who, known);
  if (who.includes('@')) return onlyOne(who, await lever().listByEmail(who.trim()));
  const id = idIn(who);
  if (id !== undefined) return id;
  return onlyOne(who, []);
}

function onlyOne(who: string, people: readonly KnownPerson[]): OpportunityId {
  const [first] = people;
  if (!first) throw nobodyKnown(who);
  if (people.length > 1) throw manyMeant(who, people);
  return first.id;
}

/** An e-mail address stands in no error. */
function meantBy(who: string): string {
  return who.includes('@') ? 'that address' : `“${who}”`;
}

export function nobodyKnown(who: string): AppError {
  const hint = 'Give the id, or the address of their page in Lever.';
  return new AppError('not_found', `Nobody is known as ${meantBy(who)}.`, hint);
}

export function manyMeant(who: string, people: readonly KnownPerson[]): AppError {
  const list = people.map(({ id, name }) => `\n    ${id}  ${name ?? ''}`).join('');
  const message = `${String(people.length)} opportunities are known as ${meantBy(who)}:${list}`;
  return new AppError('usage', message, 'Name one by its id.');
}
