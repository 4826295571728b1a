/** A failure that concerns a vendor or its account as a whole: what waits for it waits, and none of it has failed. */
import type { ApiError } from '../domain/errors.js';
import type { AccountRefusals } from './account-refusals.js';
import { VendorPause } from './vendor-pause.js';

/** Notes a refused account or a vendor that wants to be left alone; false, and nothing is noted, for any other failure. */
export async function noteVendorWide(
  error: ApiError,
  { pause, refusals }: { pause: VendorPause; refusals: AccountRefusals },
): Promise<boolean> {
  if (error.kind === 'unauthorized') await refusals.note(error.vendor, error.message);
  else if (VendorPause.concerns(error)) pause.note(error);
  else return false;
  return true;
}
