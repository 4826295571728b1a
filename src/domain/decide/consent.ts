/** Whether a candidate's data protection in Lever forbids contact. Pure. */
import type { Consent } from '../opportunity.js';

/** The part that forbids contact; the detail of `contact_not_allowed`. */
export type ConsentRefusal = 'contact' | 'store' | 'expired';

/** Undefined when nothing forbids contact. `now` is Lever's time, epoch ms. */
export function findConsentRefusal(consent: Consent, now: number): ConsentRefusal | undefined {
  if (consent.isContactRefused) return 'contact';
  if (consent.isStoreRefused) return 'store';
  if (consent.expiresAt !== null && consent.expiresAt <= now) return 'expired';
  return undefined;
}
