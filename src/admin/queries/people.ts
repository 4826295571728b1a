/** Queries for known candidates and the names of stages. */
import type { OpportunityId } from '../../domain/ids.js';
import type { Reader } from '../../store/database/database.js';

export interface KnownPerson {
  id: OpportunityId;
  name: string | null;
}

/** A read of Lever has shown the candidate. Otherwise only a webhook has named the id. */
const IS_SEEN = 'coalesce(name, contact_id, visit_at, erased_at) IS NOT NULL';

/** The first candidate known by one of the ids; at most one. */
export function findPeopleByIds(db: Reader, ids: readonly string[]): KnownPerson[] {
  const sql = `SELECT id, name FROM candidates WHERE id = ? AND ${IS_SEEN}`;
  return ids.flatMap((id) => db.all<KnownPerson>(sql, id)).slice(0, 1);
}

/** At most 50 whose name holds these letters. */
export function findPeopleByName(db: Reader, part: string): KnownPerson[] {
  return db.all<KnownPerson>(
    `SELECT id, name FROM candidates WHERE name LIKE ? ESCAPE '\\' ORDER BY name LIMIT 50`,
    `%${part.replace(/[\\%_]/g, '\\$&')}%`,
  );
}

/** At most 50 with that address, or who were sent a challenge at it; an address is kept as its hash. */
export function findPeopleByEmail(db: Reader, hash: Buffer): KnownPerson[] {
  return db.all<KnownPerson>(
    `SELECT id, name FROM candidates WHERE email_hash = :hash OR id IN
       (SELECT opportunity_id FROM invitations WHERE email_hash = :hash) LIMIT 50`,
    { hash },
  );
}

/** Undefined for a stage that no rule ever had. */
export function findStageName(db: Reader, stageId: string): string | undefined {
  const row = db.get<{ name: string }>(
    'SELECT stage_name AS name FROM rules WHERE stage_id = ? ORDER BY id DESC LIMIT 1',
    stageId,
  );
  return row?.name;
}
