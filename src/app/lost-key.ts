/** A home is set up again with another key: what the lost one had sealed is dropped, so that no step stumbles over it. */
import { invitationPlace, type InvitationKey } from '../config/sealed-places.js';
import type { House } from './house.js';

/** It can be read no more, and CodeSubmit's list shows the links anew. No address is known again by the hash of before. */
const WITHOUT_WORDS = [
  'UPDATE invitations SET addresses = NULL, refused_addresses = NULL, address_gone_at = NULL',
  'UPDATE invitations SET sealed_link = NULL WHERE sealed_link IS NOT NULL',
  `UPDATE writebacks SET state = 'waiting', claim = NULL WHERE kind = 'link' AND state IN ('owed', 'parked')`,
  `DELETE FROM writebacks WHERE kind = 'note' AND state IN ('owed', 'parked')`,
];

/** Without the address, CodeSubmit's list can't tell which it is. */
const WITHOUT_ADDRESS = [
  `UPDATE invitations SET lookup_at = NULL, sealed_email = NULL, detail = 'key_lost' WHERE state = 'uncertain'`,
  'UPDATE invitations SET poll_at = NULL, sealed_email = NULL WHERE vendor_id IS NULL AND poll_at IS NOT NULL',
];

/** Called inside a write. Nothing, when the key is the one that there was. */
export function dropUnreadable({ database, sealer, list }: House): void {
  const last = database
    .prepare<[], InvitationKey & { sealed_link: Buffer | null; sealed_email: Buffer }>(
      `SELECT opportunity_id, challenge_id, repetition, sealed_link, sealed_email FROM invitations
       WHERE coalesce(sealed_link, sealed_email) IS NOT NULL ORDER BY id DESC LIMIT 1`,
    )
    .get();
  if (!last) return;
  const column = last.sealed_link ? 'sealed_link' : 'sealed_email';
  const sealed = last.sealed_link ?? last.sealed_email;
  if (sealer.tryOpen(sealed, invitationPlace(column, last)) !== null) return;
  list.clear();
  for (const sql of [...WITHOUT_WORDS, ...WITHOUT_ADDRESS]) database.prepare(sql).run();
}
