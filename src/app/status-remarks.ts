/** What `status` tells people of an invitation beside its listing: an address that is gone, a due date past, a number. */
import type { House } from './house.js';

interface RemarkRow {
  id: number;
  isAddressGone: number;
  dueAt: number | null;
  number: number | null;
  isUnnamed: number;
}

/** Past its due date and, as far as is known, not submitted; the date is soft. */
export const IS_OVERDUE = `due_at < ? AND progress IN ('unknown', 'invited', 'started', 'expired')`;

/** By the invitation's id; only those of which there is something to tell. */
export function readRemarks(house: House, ids: readonly number[]): Map<number, string> {
  const rows = house.database
    .prepare<[number, string], RemarkRow>(
      `SELECT id, address_gone_at IS NOT NULL AS isAddressGone,
         iif(${IS_OVERDUE}, due_at, NULL) AS dueAt,
         iif(progress = 'unknown', status_number, NULL) AS number,
         vendor_id IS NULL AND state IN ('invited', 'linked') AS isUnnamed
       FROM invitations WHERE id IN (SELECT value FROM json_each(?))`,
    )
    .all(house.surroundings.clock.now(), JSON.stringify(ids));
  return new Map(
    rows.map((row) => [row.id, remarkOf(row)] as const).filter(([, text]) => text !== ''),
  );
}

function remarkOf({ isAddressGone, dueAt, number, isUnnamed }: RemarkRow): string {
  return [
    number === null ? '' : ` (number ${String(number)})`,
    dueAt === null ? '' : ` ! was due ${new Date(dueAt).toISOString().slice(0, 10)}`,
    isUnnamed === 1 ? ' ! not yet found in CodeSubmit’s list, so not followed' : '',
    isAddressGone === 1 ? ' ! address gone' : '',
  ].join('');
}
