/** Finds the candidate an admin means: by id, Lever URL, e-mail address, or part of a name. And the names of stages. */
import type { OpportunityId } from '../../domain/ids.js';
import type { Reader } from '../../store/database/database.js';
import { AppError } from '../../domain/errors.js';
import type { Bridge } from '../../bridge/bridge.js';
import type { App } from '../app.js';

interface KnownPerson {
  id: OpportunityId;
  name: string | null;
}

/** A read of Lever has shown the candidate. Otherwise only a webhook has named the id. */
const WAS_READ_FROM_LEVER = 'coalesce(name, contact_id, visit_at, erased_at) IS NOT NULL';

/** The stage's name in its newest rule, removed rules included. Undefined for a stage that no rule ever had. */
export function findStageName(db: Reader, stageId: string): string | undefined {
  const row = db.get<{ name: string }>(
    'SELECT stage_name AS name FROM rules WHERE stage_id = ? ORDER BY id DESC LIMIT 1',
    stageId,
  );
  return row?.name;
}

/**
 * Known opportunities that match `who`, at most 50; only one for an exact id or URL. `who` isn't empty: an empty text is
 * part of every name.
 */
export function findPeople(
  { database: db, sealer }: Pick<Bridge, 'database' | 'sealer'>,
  who: string,
): KnownPerson[] {
  // Of a URL, each part may be the id. An id that only a webhook has named matches no one: Lever hasn't shown who it
  // is. The searches below need no such condition, because the row of such an id has no address and no name.
  const byId = db.all<KnownPerson>(
    `SELECT id, name FROM candidates WHERE id IN (SELECT value FROM json_each(?))
     AND ${WAS_READ_FROM_LEVER} LIMIT 1`,
    JSON.stringify([who, ...who.split(/[/?#]/)]),
  );
  if (byId.length > 0) return byId;
  if (who.includes('@')) {
    // An address is kept as its hash: the candidate's, and all that they had when they were promised a challenge.
    return db.all<KnownPerson>(
      `SELECT id, name FROM candidates WHERE email_hash = :hash OR id IN
         (SELECT opportunity_id FROM invitations WHERE email_hash = :hash OR id IN
           (SELECT invitation_id FROM other_addresses WHERE email_hash = :hash)) LIMIT 50`,
      { hash: sealer.hashEmail(who) },
    );
  }
  // SQLite ignores the case of ASCII letters alone. So it leaves the others to us, and finds too many.
  const pattern = who
    .normalize('NFC')
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\P{ASCII}+/gu, '%');
  const wanted = folded(who);
  return db
    .all<KnownPerson>(
      `SELECT id, name FROM candidates WHERE name LIKE ? ESCAPE '\\' ORDER BY name LIMIT ?`,
      `%${pattern}%`,
      /\P{ASCII}/u.test(who) ? -1 : 50,
    )
    .filter(({ name }) => folded(name ?? '').includes(wanted))
    .slice(0, 50);
}

/** The form in which names are compared. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Those whom Lever lists for an e-mail address. An id or URL is taken as it is, without a call. Throws `ApiError`. */
export async function findInLever({ vendors }: App, who: string): Promise<KnownPerson[]> {
  if (who.includes('@')) return vendors.lever().listByEmail(who.trim());
  // The last part of a Lever URL, or the text itself.
  const [path = ''] = who.split(/[?#]/);
  const id = path.split('/').findLast((part) => part !== '') ?? '';
  // A word of letters alone is a name: Lever's ids are UUIDs.
  return /^(?=.*[\d-])[0-9A-Za-z-]{8,64}$/.test(id)
    ? [{ id: id as OpportunityId, name: null }]
    : [];
}

/**
 * The one opportunity an admin means. If no candidate known here matches, an e-mail address is looked up in Lever, and
 * an id or URL is taken as it is. Throws `usage` listing them when several match, `not_found` when none does, and
 * `ApiError`.
 */
export async function getOpportunityId(app: App, who: string): Promise<OpportunityId> {
  const knownPeople = findPeople(app, who);
  const people = knownPeople.length > 0 ? knownPeople : await findInLever(app, who);
  const [first] = people;
  if (!first) throw nobodyKnown(who);
  if (people.length > 1) throw manyMeant(who, people);
  return first.id;
}

/** The words for `who` in an error, which never contains an e-mail address. */
function meantBy(who: string): string {
  return who.includes('@') ? 'that address' : `“${who}”`;
}

/** The error for a text that matches no candidate. */
export function nobodyKnown(
  who: string,
  hint = 'Use the id, or the URL of their page in Lever.',
): AppError {
  return new AppError('not_found', `No candidate matches ${meantBy(who)}.`, hint);
}

/** The error for a text that matches several opportunities, which it lists. */
export function manyMeant(who: string, people: readonly KnownPerson[]): AppError {
  const list = people.map(({ id, name }) => `\n    ${id}  ${name ?? ''}`).join('');
  const message = `${people.length} opportunities match ${meantBy(who)}:${list}`;
  return new AppError('usage', message, 'Use the id of one of them.');
}
