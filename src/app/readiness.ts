/** Why the daemon is not ready, as codes; `/readyz` shows them. */
import { AppError } from '../domain/errors.js';
import { stateOf } from '../integration/integration-rows.js';
import type { House } from './house.js';

/** Empty when the database takes a write, the connections are usable and nothing is draining. */
export async function unreadyReasons(house: House, isDraining: boolean): Promise<string[]> {
  const reasons = isDraining ? ['draining'] : [];
  try {
    await house.database.write(() => {
      house.integration.touch();
    });
  } catch (error) {
    reasons.push(error instanceof AppError ? error.code : 'storage_failed');
  }
  const row = house.configuration.row();
  const state = stateOf(row);
  if (state === 'revoked' || state === 'not_set_up') reasons.push(state);
  if (row.lever_refused_at !== null) reasons.push('lever_needs_reauth');
  if (row.codesubmit_refused_at !== null) reasons.push('codesubmit_needs_reauth');
  return reasons;
}
