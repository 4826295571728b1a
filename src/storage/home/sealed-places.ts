/**
 * Where encrypted values are stored. Each is bound to its place and can't be decrypted in another
 * row or column.
 */

/** Each column with the SQL for its row's permanent name, which is known before the row exists. */
const PLACES = {
  'secrets.sealed': ['id', 'name'],
  'pending_logins.sealed': ['hex(state_hash)'],
  'webhooks.sealed_token': ['id'],
  'invitations.sealed_email': ['opportunity_id', 'challenge_id', 'repetition'],
  'invitations.sealed_link': ['opportunity_id', 'challenge_id', 'repetition'],
  'sent_challenges.sealed_link': ['vendor_id'],
  'writebacks.sealed_note': ['opportunity_id', 'kind', 'topic'],
} as const;

type SealedColumn = keyof typeof PLACES;

export interface SealedPlace {
  column: SealedColumn;
  row: readonly (string | number)[];
}

/** The name of an invitation's row. */
export interface InvitationKey {
  opportunity_id: string;
  challenge_id: string;
  repetition: number;
}

export function invitationPlace(
  column: 'sealed_email' | 'sealed_link',
  of: InvitationKey,
): SealedPlace {
  const row = [of.opportunity_id, of.challenge_id, of.repetition];
  return { column: `invitations.${column}`, row };
}

/**
 * `UPDATE` statements that pass each value of an older version to the function `bind_sealed(column,
 * row, value)`.
 */
export function bindingStatements(): string[] {
  return Object.entries(PLACES).map(([place, row]) => {
    const [table = '', column = ''] = place.split('.');
    return `UPDATE ${table} SET ${column} = bind_sealed('${place}', json_array(${row.join(', ')}), ${column})
      WHERE substr(${column}, 1, 1) = x'00'`;
  });
}

/** `SELECT` statements for some sealed values of each column, with their places. */
export function samplingStatements(): string[] {
  return Object.entries(PLACES).map(([place, row]) => {
    const [table = '', column = ''] = place.split('.');
    return `SELECT '${place}' AS "column", json_array(${row.join(', ')}) AS "row", ${column} AS sealed
      FROM ${table} WHERE ${column} IS NOT NULL LIMIT 20`;
  });
}
